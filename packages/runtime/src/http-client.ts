import { BayplanError, type CallOptions, type Clock, throwIfCancelled } from "@bayplan/core";
import { runAttempt } from "./attempt.ts";
import { createFetchTransport, type FetchLike } from "./fetch-like.ts";
import { type HttpRequest, prepareRequest } from "./http-request.ts";
import type { HttpResponse, HttpStreamResponse } from "./http-response.ts";
import { withRetries } from "./retry.ts";
import { AttemptFailed, createRetryJudge, lastOutcome } from "./retry-judge.ts";
import { systemClock } from "./system-clock.ts";
import { createUndiciTransport } from "./undici-transport.ts";

/** The one careful HTTP client of all adapters. */
export interface HttpClient {
  /**
   * The answer with its whole body. Retries, redirects and limits as described at {@link createHttpClient}; after the
   * last retry the response is returned as it is.
   *
   * @throws BayplanError `UNAVAILABLE`, `TIMEOUT`, `CANCELLED`, `RESPONSE_INVALID`, `NOT_ALLOWED` or `INVALID_INPUT`;
   * `RATE_LIMITED` (after a 503 `UNAVAILABLE`) when the server asks to wait longer than `maxRetryAfterMs`.
   */
  request(request: HttpRequest, options?: CallOptions): Promise<HttpResponse>;
  /** The same, but the body of a 2xx answer is not read yet: what fails in it is thrown while iterating, not retried. */
  stream(request: HttpRequest, options?: CallOptions): Promise<HttpStreamResponse>;
  /** Ends all connections, also those in use. Later calls throw `CANCELLED`. */
  close(): Promise<void>;
}

/** How the client connects and retries. */
export interface HttpClientOptions {
  /** Replaces the built-in transport (undici) completely. */
  readonly fetch?: FetchLike;
  /** For waiting between attempts. Default `systemClock`. */
  readonly clock?: Clock;
  /** Default `bayplan`. */
  readonly userAgent?: string;
  /** Default 16. Only for the built-in transport. */
  readonly connectionsPerOrigin?: number;
  /** Default 10,000. Only for the built-in transport. */
  readonly connectTimeoutMs?: number;
  /** Certificate authorities (PEM) that replace the usual ones, by host with port or without. Only for the built-in transport. */
  readonly certificateAuthorities?: Readonly<Record<string, string>>;
  /**
   * Where proxies are named (`https_proxy`, `http_proxy`, `no_proxy`, also in upper case); `{}` for none. Default
   * `process.env`. This computer is always reached directly. Only for the built-in transport.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Attempts after the first one. Default 5. */
  readonly retries?: number;
  /** A server that asks for a longer wait is not waited for. Default 60,000. */
  readonly maxRetryAfterMs?: number;
  /** Hosts, with port or without, that may be spoken to without encryption. This computer always may. */
  readonly allowInsecure?: readonly string[];
  /** What a request's own `timeoutMs` is when it has none. Default 30,000. */
  readonly timeoutMs?: number;
  /** What a request's own `callTimeoutMs` is when it has none. Default 120,000. */
  readonly callTimeoutMs?: number;
  /** Between 0 and 1, for the jitter. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * A client that repeats what is safe to repeat (network errors, 408, 429, 499, 500, 502, 503, 504, 522, and a 403 that
 * speaks of a rate limit; after 200 ms, doubled each time, full jitter; `Retry-After` honoured, also where it stands in
 * the body), follows at most 5 redirects without taking credentials to another origin, and bounds the time and size of
 * everything. `docs/registries/oci.md` has the whole retry table.
 *
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const maxRetryAfterMs = options.maxRetryAfterMs ?? 60_000;
  const settings = {
    userAgent: options.userAgent ?? "bayplan",
    allowInsecure: options.allowInsecure ?? [],
    timeoutMs: options.timeoutMs ?? 30_000,
    callTimeoutMs: options.callTimeoutMs ?? 120_000,
  };
  const pooling = {
    connectionsPerOrigin: options.connectionsPerOrigin ?? 16,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    certificateAuthorities: options.certificateAuthorities ?? {},
    env: options.env ?? process.env,
  };
  const transport = options.fetch === undefined ? createUndiciTransport(pooling) : createFetchTransport(options.fetch);
  const context = {
    transport,
    allowInsecure: settings.allowInsecure,
    answered: new Set<string>(),
    now: () => clock.now(),
  };
  let closed = false;

  async function perform(given: HttpRequest, streaming: boolean, call: CallOptions) {
    throwIfCancelled(call.signal);
    if (closed) throw new BayplanError("CANCELLED", "This HTTP client was closed. Create another one.");
    const request = prepareRequest(given, settings);
    const startedMs = performance.now();
    let waitedMs = 0;
    // Waits count even when the clock is virtual, time on the wire even when no clock ticks.
    const leftMs = (): number => request.callTimeoutMs - Math.max(waitedMs, performance.now() - startedMs);
    try {
      return await withRetries(() => runAttempt(request, context, { call, streaming, leftMs: Math.ceil(leftMs()) }), {
        retries: options.retries ?? 5,
        judge: createRetryJudge(request, { maxRetryAfterMs, random, leftMs }),
        wait: async (delayMs) => {
          await clock.sleep(delayMs, call);
          waitedMs += delayMs;
        },
      });
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      return lastOutcome(error.failure, request, maxRetryAfterMs);
    }
  }

  return {
    request: (request, call = {}) => perform(request, false, call) as Promise<HttpResponse>,
    stream: async (request, call = {}) => {
      const { body, ...head } = await perform(request, true, call);
      return { ...head, body: body instanceof Uint8Array ? once(body) : body };
    },
    close: async () => {
      closed = true;
      await transport.close();
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
