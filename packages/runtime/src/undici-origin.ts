import type { Dispatcher } from "undici";
import type { Transport } from "./transport.ts";
import { createPoolSender, poolOptions } from "./undici-pool.ts";

/** How one origin is reached by HTTP/1.1. */
interface UndiciOriginOptions {
  /** At most so many; `undefined` for as many as there are requests. */
  readonly connections: number | undefined;
  readonly connectTimeoutMs: number;
  /** Authorities (PEM) that replace the usual ones. */
  readonly ca: string | undefined;
  /** Everything is tunnelled through it. */
  readonly proxy: URL | undefined;
}

/** HTTP/1.1 to one origin, over a pool that connects by itself. undici is loaded with the first request. */
export function createUndiciOrigin(url: URL, options: UndiciOriginOptions): Transport {
  let opening: Promise<{ readonly pool: Dispatcher; readonly send: Transport["send"] }> | undefined;
  return {
    send: async (request) => {
      opening ??= openPool(url, options).then((pool) => ({ pool, send: createPoolSender(pool) }));
      return (await opening).send(request);
    },
    close: async () => {
      await (await opening)?.pool.destroy();
    },
  };
}

async function openPool(url: URL, options: UndiciOriginOptions): Promise<Dispatcher> {
  const { Pool, ProxyAgent } = await import("undici");
  const { ca, proxy } = options;
  const connect = {
    timeout: options.connectTimeoutMs,
    // Also when the environment says otherwise: credentials travel here.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  };
  const pooling = { ...poolOptions, connections: options.connections ?? null };
  if (proxy === undefined) return new Pool(url.origin, { ...pooling, connect });
  return new ProxyAgent({ ...pooling, uri: proxy.href, requestTls: connect });
}
