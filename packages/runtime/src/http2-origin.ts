import type { TLSSocket } from "node:tls";
import { type AlpnContext, protocolChanged } from "./alpn-context.ts";
import { type Http2Session, openHttp2Session } from "./http2-session.ts";
import { sendByHttp2 } from "./http2-stream.ts";
import { type OriginTransport, TransportError, type TransportRequest, type TransportResponse } from "./transport.ts";

interface Waiting {
  readonly request: TransportRequest;
  readonly resolve: (response: Promise<TransportResponse>) => void;
  readonly reject: (reason: unknown) => void;
}

// Far more than are asked at a time. What is downloaded keeps its stream while it waits for what is uploaded: with too
// few of them, nobody would ever go on.
const enoughStreams = 256;

/**
 * HTTP/2 to an origin that chose it: all requests over one connection, and over others only when its streams are used
 * up, until there are 256. What finds no stream waits for one, in the order of arrival. Where a later connection chooses HTTP/1.1, the
 * context gets that one, and the requests that wait fail with `protocolChanged`.
 */
export async function createHttp2Origin(first: TLSSocket, context: AlpnContext): Promise<OriginTransport> {
  const http2 = await import("node:http2");
  if (first.destroyed) throw new TransportError("ECONNRESET");
  const sessions = new Set<Http2Session>();
  const waiting = new Set<Waiting>();
  let isConnecting = false;
  let mayGrow = true;

  function adopt(socket: TLSSocket): void {
    const session = openHttp2Session(socket, { http2, url: context.url, onChange: serveWaiting });
    sessions.add(session);
    void session.ended.then(() => sessions.delete(session));
  }

  function serveWaiting(): void {
    for (const one of waiting) {
      const sent = send(one.request);
      if (sent === undefined) {
        grow();
        return;
      }
      waiting.delete(one);
      one.resolve(sent);
    }
  }

  function send(request: TransportRequest): Promise<TransportResponse> | undefined {
    try {
      for (const session of sessions) {
        const sent = session.room() > 0 ? sendByHttp2(session, request) : undefined;
        if (sent !== undefined) return sent;
      }
      return undefined;
    } catch (error) {
      // A request that cannot be sent at all must not stand in the way of the others.
      return Promise.reject(error);
    }
  }

  function grow(): void {
    const usable = [...sessions].filter((session) => session.isUsable());
    if (usable.length === 0) mayGrow = true;
    if (isConnecting || !mayGrow || usable.length >= (context.connections ?? enoughStreams) || isEnough(usable)) return;
    isConnecting = true;
    context.connect().then(
      (socket) => {
        isConnecting = false;
        if (socket.alpnProtocol === "h2") {
          adopt(socket);
          serveWaiting();
        } else {
          context.changed(transport, socket);
          rejectWaiting(protocolChanged());
        }
      },
      (error: unknown) => {
        isConnecting = false;
        // With a connection left, it was only one more that would have been good to have.
        mayGrow = false;
        if (![...sessions].some((session) => session.isUsable())) rejectWaiting(error);
      },
    );
  }

  function isEnough(usable: readonly Http2Session[]): boolean {
    // Before a server has said how many streams it takes, nobody knows whether another connection is needed; where it
    // takes none for now, another one would not help.
    if (usable.some((session) => (session.limit() ?? 0) === 0)) return true;
    return usable.reduce((sum, session) => sum + (session.limit() ?? 0), 0) >= enoughStreams;
  }

  function rejectWaiting(reason: unknown): void {
    for (const { reject } of waiting) reject(reason);
    waiting.clear();
  }

  function sendOrWait(request: TransportRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      const one = { request, resolve, reject };
      waiting.add(one);
      request.onAbort((reason) => {
        waiting.delete(one);
        reject(reason);
      });
      serveWaiting();
    });
  }

  const transport: OriginTransport = {
    send: sendOrWait,
    retire: async () => {
      for (const session of sessions) session.retire();
      await Promise.all([...sessions].map((session) => session.ended));
    },
    close: async () => {
      for (const session of sessions) session.destroy();
      await Promise.all([...sessions].map((session) => session.ended));
    },
  };
  adopt(first);
  return transport;
}
