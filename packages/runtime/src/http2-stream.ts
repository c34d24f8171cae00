import type { ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import { isBayplanError } from "@bayplan/core";
import { headersFromRecord } from "./http-headers.ts";
import { discardBody, type Http2Exchange, readBody, writeBody } from "./http2-body.ts";
import type { Http2Session } from "./http2-session.ts";
import type { TransportRequest, TransportResponse } from "./transport.ts";

const cancelCode = 8;
const headEndsWithinMs = 1000;
// They are about the connection: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2
const ofConnections = new Set([
  "connection",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Sends one request as one stream of the session; `undefined` if the session has just ended, and nothing was sent. */
export function sendByHttp2(session: Http2Session, request: TransportRequest): Promise<TransportResponse> | undefined {
  const stream = session.open(headersFor(request), { endStream: request.body === undefined });
  if (stream === undefined) return undefined;
  const isComplete = watchEnd(stream);
  let isAnswered = false;
  let error: unknown;
  let reason: Error | undefined;
  const exchange: Http2Exchange = {
    stream,
    isComplete,
    failure: () => reason ?? session.failureOf(stream, error),
    cancel: () => {
      // Not before the next turn: inside the callbacks of a session, this can make Node read memory that is gone.
      setImmediate(() => {
        stream.close(cancelCode);
        // What arrived and is not read would keep a stream for ever that is closed already.
        if (isComplete()) stream.destroy();
      });
    },
  };
  return new Promise((resolve, reject) => {
    const giveUp = (why: Error): void => {
      reason ??= why;
      exchange.cancel();
      reject(why);
    };
    stream.on("error", (given) => {
      error = given;
    });
    stream.once("response", ({ ":status": status, ...headers }) => {
      isAnswered = true;
      resolve(responseTo(request, exchange, { status: Number(status), headers: headersFromRecord(headers) }));
    });
    stream.once("close", () => {
      if (!isAnswered) reject(exchange.failure());
    });
    // An answer that is complete before the request is does not need the rest of it.
    stream.once("end", () => {
      if (!stream.writableEnded) exchange.cancel();
    });
    request.onAbort((why) => {
      if (stream.destroyed) return;
      // Perhaps nobody is there any more: whoever tries again should not do it on the same connection.
      if (isBayplanError(why) && why.code === "TIMEOUT") session.retire();
      giveUp(why);
    });
    if (request.body !== undefined) writeBody(exchange, request.body).catch(giveUp);
  });
}

function headersFor({ method, url, headers }: TransportRequest): OutgoingHttpHeaders {
  const own = Object.entries(headers).filter(([name]) => !ofConnections.has(name));
  return {
    ":method": method,
    ":scheme": "https",
    ":authority": url.host,
    ":path": `${url.pathname}${url.search}`,
    ...Object.fromEntries(own),
  };
}

function responseTo(
  request: TransportRequest,
  exchange: Http2Exchange,
  head: Pick<TransportResponse, "status" | "headers">,
): TransportResponse {
  if (request.method === "HEAD" || exchange.isComplete()) {
    letEnd(exchange);
    return { ...head, discard: async () => {} };
  }
  const length = Number(head.headers.get("content-length") ?? 0);
  return { ...head, body: readBody(exchange), discard: () => discardBody(exchange, length) };
}

/** Some servers end the answer to HEAD a little later. Cancelled at once, it would count as an attack with them. */
function letEnd({ stream, isComplete, cancel }: Http2Exchange): void {
  stream.resume();
  if (isComplete()) return;
  const timer = setTimeout(cancel, headEndsWithinMs);
  timer.unref();
  stream.once("close", () => clearTimeout(timer));
}

/**
 * Tells afterwards whether the server ended its answer. Node ends the body alike when the server resets the stream
 * without an error, or the connection closes; only then is the stream closed before.
 */
function watchEnd(stream: ClientHttp2Stream): () => boolean {
  let isComplete = false;
  const push = stream.push.bind(stream);
  stream.push = (chunk, encoding) => {
    if (chunk === null && !stream.closed) isComplete = true;
    return push(chunk, encoding);
  };
  return () => isComplete;
}
