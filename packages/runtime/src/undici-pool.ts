import type { Dispatcher } from "undici";
import { headersFromRecord } from "./http-headers.ts";
import { abortSignalOf, type TransportRequest, type TransportResponse } from "./transport.ts";
import { sendHead } from "./undici-head.ts";

const discardUpToBytes = 64 * 1024;

/** What every pool of undici is made with here: HTTP/1.1, one request at a time on a connection, no time limits. */
export const poolOptions = {
  // More than 1 would let a body that a server wrongly sends after HEAD shift every later answer by one.
  pipelining: 1,
  // The client's own watchdog limits all transports alike.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

/** Sends requests over a pool. */
export function createPoolSender(pool: Dispatcher): (request: TransportRequest) => Promise<TransportResponse> {
  let isUsed = false;
  return async (request) => {
    // A connection is free again only one turn of the event loop after its last answer. Whoever follows that answer at
    // once would find none, and make undici open twice as many connections as there are requests at a time.
    if (isUsed) await new Promise(setImmediate);
    isUsed = true;
    return request.method === "HEAD" ? sendHead(pool, request) : sendOther(pool, request);
  };
}

async function sendOther(pool: Dispatcher, request: TransportRequest): Promise<TransportResponse> {
  const response = await pool.request({
    origin: request.url.origin,
    method: request.method as "GET",
    path: `${request.url.pathname}${request.url.search}`,
    headers: request.headers,
    signal: abortSignalOf(request),
    ...(request.body === undefined ? {} : { body: request.body as Uint8Array }),
  });
  // An aborted body emits `error` even when nobody iterates it any more.
  response.body.on("error", () => {});
  return {
    status: response.statusCode,
    headers: headersFromRecord(response.headers),
    body: response.body,
    discard: async () => {
      await response.body.dump({ limit: discardUpToBytes }).catch(() => {});
    },
  };
}
