import type { Pool } from "undici";
import { headersFromRecord } from "./http-headers.ts";
import { abortSignalOf, type Transport, type TransportRequest, type TransportResponse } from "./transport.ts";
import { sendHead } from "./undici-head.ts";

/** How the built-in transport connects. */
interface UndiciTransportOptions {
  readonly connectionsPerOrigin: number;
  readonly connectTimeoutMs: number;
}

type PoolClass = typeof Pool;
const discardUpToBytes = 64 * 1024;

/** A transport over one undici pool per origin; undici is loaded with the first request. */
export function createUndiciTransport(options: UndiciTransportOptions): Transport {
  const pools = new Map<string, Pool>();
  let loading: Promise<PoolClass> | undefined;
  const openPool = async (origin: string): Promise<Pool> => {
    loading ??= import("undici").then((undici) => undici.Pool);
    const PoolOfUndici = await loading;
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = new PoolOfUndici(origin, {
      connections: options.connectionsPerOrigin,
      // More than 1 would let a body that a server wrongly sends after HEAD shift every later answer by one.
      pipelining: 1,
      connect: { timeout: options.connectTimeoutMs },
      // The client's own watchdog limits both transports alike.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    pools.set(origin, pool);
    return pool;
  };
  return {
    send(request) {
      const { origin } = request.url;
      const send = request.method === "HEAD" ? sendHead : sendOn;
      const pool = pools.get(origin);
      return pool === undefined ? openPool(origin).then((opened) => send(opened, request)) : send(pool, request);
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

async function sendOn(pool: Pool, request: TransportRequest): Promise<TransportResponse> {
  const response = await pool.request({
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
