import type { ReadableStream } from "node:stream/web";
import { headersFromFetch } from "./http-headers.ts";
import { abortSignalOf, type Transport, type TransportRequest, type TransportResponse } from "./transport.ts";

/** What is handed to an injected `fetch`. Redirects are always `manual`: the client follows them itself. */
export interface FetchLikeInit {
  method: string;
  headers: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  duplex?: "half";
  redirect: "manual";
  signal: AbortSignal;
}

/** What an injected `fetch` must answer: the part of `Response` that is used. */
export interface FetchLikeResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
}

/**
 * A `fetch`: the global one, a proxy's, a simulator's. It replaces the built-in transport completely.
 * Pass `(url, init) => globalThis.fetch(url, init)` rather than `fetch` itself when something patches it later (msw).
 */
export type FetchLike = (url: string, init: FetchLikeInit) => Promise<FetchLikeResponse>;

interface FetchBody extends AsyncIterable<Uint8Array> {
  cancel?(): Promise<void>;
}

/** A transport over an injected `fetch`. */
export function createFetchTransport(fetch: FetchLike): Transport {
  return {
    async send(request) {
      const init: FetchLikeInit = {
        method: request.method,
        headers: { ...request.headers },
        redirect: "manual",
        signal: abortSignalOf(request),
        ...(await fetchBody(request.body)),
      };
      return transportResponse(await fetch(request.url.href, init));
    },
    close: async () => {},
  };
}

async function fetchBody(body: TransportRequest["body"]): Promise<Pick<FetchLikeInit, "body" | "duplex">> {
  if (body === undefined) return {};
  if (body instanceof Uint8Array) return { body: new Uint8Array(body) };
  const { ReadableStream: Stream } = await import("node:stream/web");
  return { body: Stream.from(body), duplex: "half" };
}

function transportResponse(response: FetchLikeResponse): TransportResponse {
  // The one cast: every implementation's stream type is another one (undici 6, undici 7, DOM), all are iterable.
  const body = (response.body ?? undefined) as FetchBody | undefined;
  return {
    status: response.status,
    headers: headersFromFetch(response.headers),
    body: body ?? noBody(),
    discard: async () => {
      await body?.cancel?.().catch(() => {});
    },
  };
}

async function* noBody(): AsyncGenerator<Uint8Array> {}
