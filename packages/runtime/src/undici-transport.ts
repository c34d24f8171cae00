import type { Dispatcher, Pool, ProxyAgent } from "undici";
import { headersFromRecord } from "./http-headers.ts";
import { type Environment, proxyFor } from "./proxy-for.ts";
import { abortSignalOf, type Transport, type TransportRequest, type TransportResponse } from "./transport.ts";
import { sendHead } from "./undici-head.ts";

/** How the built-in transport connects. */
interface UndiciTransportOptions {
  readonly connectionsPerOrigin: number;
  readonly connectTimeoutMs: number;
  /** PEM by host, with or without its port. */
  readonly certificateAuthorities: Readonly<Record<string, string>>;
  /** Where proxies are named. */
  readonly env: Environment;
}

interface Undici {
  readonly Pool: typeof Pool;
  readonly ProxyAgent: typeof ProxyAgent;
}

const discardUpToBytes = 64 * 1024;

/** A transport over one undici pool per origin, or a proxy's; undici is loaded with the first request. */
export function createUndiciTransport(options: UndiciTransportOptions): Transport {
  const pools = new Map<string, Dispatcher>();
  let loading: Promise<Undici> | undefined;
  const openPool = async (url: URL): Promise<Dispatcher> => {
    loading ??= import("undici");
    const undici = await loading;
    const known = pools.get(url.origin);
    if (known !== undefined) return known;
    const pool = createPool(undici, url, options);
    pools.set(url.origin, pool);
    return pool;
  };
  return {
    send(request) {
      const { origin } = request.url;
      const send = request.method === "HEAD" ? sendHead : sendOn;
      const pool = pools.get(origin);
      return pool === undefined ? openPool(request.url).then((opened) => send(opened, request)) : send(pool, request);
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

function createPool(undici: Undici, url: URL, options: UndiciTransportOptions): Dispatcher {
  const ca = options.certificateAuthorities[url.host] ?? options.certificateAuthorities[url.hostname];
  const connect = { timeout: options.connectTimeoutMs, ...(ca === undefined ? {} : { ca }) };
  const pooling = {
    connections: options.connectionsPerOrigin,
    // More than 1 would let a body that a server wrongly sends after HEAD shift every later answer by one.
    pipelining: 1,
    // The client's own watchdog limits both transports alike.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const proxy = proxyFor(url, options.env);
  if (proxy === undefined) return new undici.Pool(url.origin, { ...pooling, connect });
  return new undici.ProxyAgent({ ...pooling, uri: proxy.href, requestTls: connect });
}

async function sendOn(pool: Dispatcher, request: TransportRequest): Promise<TransportResponse> {
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
