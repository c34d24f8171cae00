import { BayplanError, type CallOptions, type Clock, throwIfCancelled } from "@bayplan/core";
import { runAttempt } from "./attempt.ts";
import { createBuiltInTransport } from "./built-in-transport.ts";
import { errorWithoutSecretsOf } from "./error-without-secrets.ts";
import { createFetchTransport, type FetchLike } from "./fetch-like.ts";
import { checkConcurrency } from "./host-gate-limit.ts";
import type { GateWait } from "./host-gate-waiter.ts";
import { createHostGates } from "./host-gates.ts";
import { type HttpRequest, type PreparedRequest, prepareRequest } from "./http-request.ts";
import type { HttpResponse, HttpStreamResponse } from "./http-response.ts";
import { withRetries } from "./retry.ts";
import { AttemptFailed, createRetryJudge, lastOutcome } from "./retry-judge.ts";
import { systemClock } from "./system-clock.ts";

/** The one careful HTTP client of all adapters. */
export interface HttpClient {
  /**
   * The answer with its whole body. Retries, redirects and limits as described at {@link createHttpClient}; after the
   * last retry the response is returned as it is.
   *
   * @throws BayplanError `UNAVAILABLE`, `TIMEOUT`, `CANCELLED`, `RESPONSE_INVALID`, `NOT_ALLOWED` or `INVALID_INPUT`;
   * `RATE_LIMITED` (after a 503 `UNAVAILABLE`) when the server asks to wait longer than `maxRetryAfterMs`, or has asked
   * another caller to; nothing was sent then.
   */
  request(request: HttpRequest, options?: CallOptions): Promise<HttpResponse>;
  /** The same, but the body of a 2xx answer is not read yet: what fails in it is thrown while iterating, not retried. */
  stream(request: HttpRequest, options?: CallOptions): Promise<HttpStreamResponse>;
  /** Ends all connections, also those in use. Later calls throw `CANCELLED`, and so do those that wait for their turn. */
  close(): Promise<void>;
}

/** How the client connects and retries. */
export interface HttpClientOptions {
  /** Replaces the built-in transport (`node:http2` and undici) completely. */
  readonly fetch?: FetchLike;
  /** For waiting between attempts and for hosts that ask for it. Default `systemClock`. */
  readonly clock?: Clock;
  /** Default `bayplan`. */
  readonly userAgent?: string;
  /**
   * How many requests may be in flight to one origin at once, for all callers together; the others wait in the order of
   * arrival. `initial` 16, never below `min` 4 or above `max` 64; a default gives way to what is given. It grows by 1
   * when as many as it allows ended well while it was used up, and halves when the host is overloaded: after a retryable
   * answer or a lost connection. Bodies that are streamed, up or down, come on top.
   */
  readonly concurrency?: { readonly initial?: number; readonly min?: number; readonly max?: number };
  /**
   * Most connections to one origin at a time. Default no limit, as `concurrency` is one already. Streams count here, so
   * leave more room than they need: what finds no connection waits until one ends. Only for the built-in transport.
   */
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
  /**
   * Whether https servers that are reached directly may choose HTTP/2: then all requests to one share a connection, and
   * a few more where its streams do not suffice. `false`: HTTP/1.1 everywhere. Default `true`. Only for the built-in
   * transport.
   */
  readonly http2?: boolean;
  /** Attempts after the first one. Default 5. */
  readonly retries?: number;
  /** A server that asks for a longer wait is not waited for by anybody. Default 60,000. */
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
 * everything. All callers share one gate per host: it adapts how many requests are in flight (`concurrency`), and when
 * the host asks to wait, all of them do. `docs/registries/oci.md` has the whole retry table.
 *
 * @throws BayplanError `INVALID_INPUT` for a `concurrency` that cannot be.
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
    connectionsPerOrigin: options.connectionsPerOrigin,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    certificateAuthorities: options.certificateAuthorities ?? {},
    env: options.env ?? process.env,
    http2: options.http2 ?? true,
  };
  const transport = options.fetch === undefined ? createBuiltInTransport(pooling) : createFetchTransport(options.fetch);
  const context = {
    transport,
    allowInsecure: settings.allowInsecure,
    gates: createHostGates({ concurrency: checkConcurrency(options.concurrency ?? {}), maxRetryAfterMs, clock }),
    now: () => clock.now(),
  };
  let closed = false;

  async function perform(given: HttpRequest, streaming: boolean, call: CallOptions) {
    throwIfCancelled(call.signal);
    if (closed) throw new BayplanError("CANCELLED", "This HTTP client was closed. Create another one.");
    const request = prepareRequest(given, settings);
    const startedMs = performance.now();
    let waitedMs = 0;
    let attempts = 0;
    const wait: GateWait = {
      // Waits count even when the clock is virtual, time on the wire even when no clock ticks.
      leftMs(alsoWaitedMs = 0) {
        return request.callTimeoutMs - Math.max(waitedMs + alsoWaitedMs, performance.now() - startedMs);
      },
      waited(durationMs) {
        waitedMs += durationMs;
      },
      doing: request.doing,
      signal: call.signal,
    };
    try {
      return await withRetries(
        () => runAttempt(request, context, { call, streaming, isFirst: ++attempts === 1, wait }),
        {
          retries: options.retries ?? 5,
          judge: createRetryJudge(request, { maxRetryAfterMs, random, leftMs: wait.leftMs }),
          wait: async (delayMs) => {
            await clock.sleep(delayMs, call);
            waitedMs += delayMs;
          },
        },
      );
    } catch (error) {
      return outcomeOf(error, request);
    }
  }

  /** What the caller gets of a failure: the last response, or an error without secrets. */
  function outcomeOf(failure: unknown, request: PreparedRequest): HttpResponse {
    try {
      if (!(failure instanceof AttemptFailed)) throw failure;
      return lastOutcome(failure.failure, request, maxRetryAfterMs);
    } catch (error) {
      throw errorWithoutSecretsOf(error, request);
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
      context.gates.close();
      await transport.close();
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
