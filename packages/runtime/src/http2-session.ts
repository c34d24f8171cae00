import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { TLSSocket } from "node:tls";
import { http2Failure } from "./http2-failure.ts";
import type { TransportError } from "./transport.ts";

/** One HTTP/2 connection. */
export interface Http2Session {
  /** Whether new streams may still be opened, now or later. */
  isUsable(): boolean;
  /** How many streams may be open at a time; `undefined` until the server has said it, and one is allowed until then. */
  limit(): number | undefined;
  /** How many more streams may be opened now. */
  room(): number;
  /** A new stream; `undefined` if the session has just ended. It counts until its `close` event. */
  open(headers: OutgoingHttpHeaders, options: { readonly endStream: boolean }): ClientHttp2Stream | undefined;
  /** Why a stream of this session ended before its answer did. */
  failureOf(stream: ClientHttp2Stream, error: unknown): TransportError;
  /** No new streams; the connection ends with the last one. */
  retire(): void;
  /** Ends it with all its streams. Not to be called from inside one of its callbacks. */
  destroy(): void;
  /** Settles when the connection has ended. */
  readonly ended: Promise<void>;
}

interface Http2SessionOptions {
  readonly http2: typeof import("node:http2");
  readonly url: URL;
  /** Called whenever a stream has ended, the limit has changed, or the session is no longer usable. */
  readonly onChange: () => void;
}

const mostStreams = 100;
// What a stream may send before it is read: enough for 60 MiB/s at 30 ms of round trip, and the most that an unread
// body can occupy. The window of the session is for what is on its way: Node opens it again as soon as something has come,
// read or not, so that bodies nobody reads yet stop no other.
const streamWindowBytes = 2 * 1024 * 1024;
const sessionWindowBytes = 16 * 1024 * 1024;
// A server that takes many clients closes them at some time anyway, after 60 s (nginx) to minutes.
const keepIdleMs = 60_000;
const maxHeaderBytes = 64 * 1024;
// In MB, with what waits to be sent. Node resets streams beyond it, at 10 by default.
const maxSessionMemory = 128;

/**
 * Makes an HTTP/2 session of a connection that negotiated one. It keeps the process alive only while it has streams, and
 * ends when it had none for 60 s.
 */
export function openHttp2Session(socket: TLSSocket, options: Http2SessionOptions): Http2Session {
  const { http2, url, onChange } = options;
  const session: ClientHttp2Session = http2.connect(url.origin, {
    createConnection: () => socket,
    maxSessionMemory,
    settings: { enablePush: false, initialWindowSize: streamWindowBytes, maxHeaderListSize: maxHeaderBytes },
  });
  let limit: number | undefined;
  let running = 0;
  let isRetired = false;
  let failure: unknown;
  let goAway: { readonly code: number; readonly lastStreamId: number } | undefined;

  const isUsable = (): boolean => !isRetired && !session.closed && !session.destroyed;
  // Here and below not before the next turn: Node does not survive a session that ends inside one of its own callbacks
  // (https://github.com/nodejs/node/issues/64850).
  const endIfDone = (): void => {
    // Node by itself waits for the other side to close, which it need not do.
    if (isRetired && running === 0) setImmediate(() => socket.destroySoon());
  };
  const retire = (): void => {
    isRetired = true;
    setImmediate(() => session.close());
    endIfDone();
    onChange();
  };
  session.once("connect", () => session.setLocalWindowSize(sessionWindowBytes));
  session.on("remoteSettings", ({ maxConcurrentStreams }) => {
    limit = Math.min(mostStreams, maxConcurrentStreams ?? mostStreams);
    onChange();
  });
  session.on("goaway", (code, lastStreamId) => {
    goAway = { code, lastStreamId };
    isRetired = true;
    endIfDone();
    onChange();
  });
  session.on("error", (error) => {
    failure = error;
  });
  const idle = setTimeout(() => {
    if (running === 0) retire();
  }, keepIdleMs);
  idle.unref();
  session.once("close", () => clearTimeout(idle));
  session.unref();

  return {
    isUsable,
    limit: () => limit,
    room: () => (isUsable() ? Math.max(0, (limit ?? 1) - running) : 0),
    open(headers, { endStream }) {
      const stream = isUsable() ? tryRequest(session, headers, endStream) : undefined;
      if (stream === undefined) return undefined;
      running += 1;
      session.ref();
      stream.once("close", () => {
        running -= 1;
        if (running === 0) {
          session.unref();
          idle.refresh();
        }
        endIfDone();
        onChange();
      });
      return stream;
    },
    failureOf: ({ id, rstCode }, error) =>
      http2Failure({
        streamId: id,
        code: rstCode,
        error: error ?? failure,
        isSessionOver: session.destroyed,
        goAway,
      }),
    retire,
    destroy: () => session.destroy(),
    ended: new Promise((resolve) => {
      session.once("close", () => {
        onChange();
        resolve();
      });
    }),
  };
}

function tryRequest(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  endStream: boolean,
): ClientHttp2Stream | undefined {
  try {
    return session.request(headers, { endStream });
  } catch (error) {
    if (session.closed || session.destroyed) return undefined;
    throw error;
  }
}
