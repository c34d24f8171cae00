import { BayplanError } from "@bayplan/core";
import { createAlpnOrigin } from "./alpn-origin.ts";
import { type Environment, proxyFor } from "./proxy-for.ts";
import type { Transport } from "./transport.ts";
import { createUndiciOrigin } from "./undici-origin.ts";

/** How the built-in transport connects. */
interface BuiltInTransportOptions {
  /** `undefined` for as many as there are requests. */
  readonly connectionsPerOrigin: number | undefined;
  readonly connectTimeoutMs: number;
  /** PEM by host, with or without its port. */
  readonly certificateAuthorities: Readonly<Record<string, string>>;
  /** Where proxies are named. */
  readonly env: Environment;
  /** Whether https origins that are reached directly may choose HTTP/2. */
  readonly http2: boolean;
}

/**
 * A transport that treats every origin by itself: HTTP/2 or HTTP/1.1 as the server chooses where it is reached directly
 * by https, else HTTP/1.1. What it needs for that is loaded with the first request that needs it.
 */
export function createBuiltInTransport(options: BuiltInTransportOptions): Transport {
  const origins = new Map<string, Transport>();
  let isClosed = false;
  const originOf = (url: URL): Transport => {
    const known = origins.get(url.origin);
    if (known !== undefined) return known;
    const opened = openOrigin(url, options);
    origins.set(url.origin, opened);
    return opened;
  };
  return {
    send: async (request) => {
      if (isClosed) throw new BayplanError("CANCELLED", "This HTTP client was closed. Create another one.");
      return originOf(request.url).send(request);
    },
    close: async () => {
      isClosed = true;
      await Promise.all([...origins.values()].map((origin) => origin.close()));
    },
  };
}

function openOrigin(url: URL, options: BuiltInTransportOptions): Transport {
  const proxy = proxyFor(url, options.env);
  const ca = options.certificateAuthorities[url.host] ?? options.certificateAuthorities[url.hostname];
  const { connectionsPerOrigin: connections, connectTimeoutMs } = options;
  if (options.http2 && url.protocol === "https:" && proxy === undefined) {
    return createAlpnOrigin(url, { connections, connectTimeoutMs, ca });
  }
  return createUndiciOrigin(url, { connections, connectTimeoutMs, ca, proxy });
}
