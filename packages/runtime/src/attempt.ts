import type { CallOptions, Instant } from "@bayplan/core";
import { exchange, readBody } from "./exchange.ts";
import type { PreparedRequest } from "./http-request.ts";
import type { HttpResponse, HttpStreamResponse } from "./http-response.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { retryAfterInBody } from "./retry-after-body.ts";
import { AttemptFailed, isRetryableAnswer } from "./retry-judge.ts";
import type { Transport } from "./transport.ts";
import { classifyTransportFailure } from "./transport-failure.ts";
import { createWatchdog, type Watchdog } from "./watchdog.ts";

/** What all attempts of a client share. */
interface AttemptContext {
  readonly transport: Transport;
  readonly allowInsecure: readonly string[];
  /** Origins that have answered: a connection to one of these may be an idle one that the server has just closed. */
  readonly answered: Set<string>;
  readonly now: () => Instant;
}

/** What one attempt is for. */
interface AttemptOptions {
  readonly call: CallOptions;
  /** Whether the body of a 2xx answer is left to the caller. */
  readonly streaming: boolean;
  /** Milliseconds left for the whole call. */
  readonly leftMs: number;
}

/** One attempt: the answer, or an `AttemptFailed` for everything that a retry may be decided about. */
export async function runAttempt(
  request: PreparedRequest,
  context: AttemptContext,
  options: AttemptOptions,
): Promise<HttpResponse | HttpStreamResponse> {
  const { answered, transport, allowInsecure } = context;
  const watchdog = createWatchdog(Math.max(1, Math.min(request.timeoutMs, options.leftMs)), request, options.call);
  const deadline = performance.now() + options.leftMs;
  const { origin } = request.url;
  const wasAnswered = answered.has(origin);
  let progress: "sent" | "headers" | "handed over" = "sent";
  try {
    const answer = await exchange(request, { watchdog, transport, allowInsecure });
    progress = "headers";
    if (!wasAnswered) answered.add(origin);
    const retryAfter = answer.headers.get("retry-after");
    const retryAfterMs = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, context.now());
    const { status, headers, url } = answer;
    const waiting = retryAfterMs === undefined ? undefined : { retryAfterMs };
    if (options.streaming && status < 300) {
      progress = "handed over";
      return { status, headers, url, body: thenStop(answer.body ?? empty(), watchdog, request), ...waiting };
    }
    const body =
      answer.body === undefined ? new Uint8Array() : await readBody(answer.body, { headers, request, deadline });
    const response = { status, headers, url, body, ...waiting };
    if (status < 400 || !isRetryableAnswer(response)) return response;
    const inBody = retryAfterMs === undefined ? retryAfterInBody(body) : undefined;
    throw new AttemptFailed({
      kind: "answer",
      response: inBody === undefined ? response : { ...response, retryAfterMs: inBody },
    });
  } catch (cause) {
    if (cause instanceof AttemptFailed) throw cause;
    const { error, retryable, connectionLost } = classifyTransportFailure(cause, request.doing());
    throw new AttemptFailed({
      kind: "error",
      error,
      retryable,
      stale: connectionLost && wasAnswered && progress === "sent",
    });
  } finally {
    if (progress !== "handed over") watchdog.stop();
  }
}

async function* thenStop(
  body: AsyncIterable<Uint8Array>,
  watchdog: Watchdog,
  request: PreparedRequest,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw classifyTransportFailure(cause, request.doing()).error;
  } finally {
    watchdog.stop();
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
