import type { CallOptions, Instant } from "@bayplan/core";
import { errorWithoutSecretsOf } from "./error-without-secrets.ts";
import { exchange, readBody } from "./exchange.ts";
import { createGatePass, enterGate, leaveGate } from "./host-gate-pass.ts";
import type { GateWait } from "./host-gate-waiter.ts";
import type { HostGates } from "./host-gates.ts";
import type { PreparedRequest } from "./http-request.ts";
import type { HttpResponse, HttpStreamResponse } from "./http-response.ts";
import { readErrorBody } from "./read-error-body.ts";
import { quoteWithoutSecretsOf } from "./request-secrets.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { retryAfterInBody } from "./retry-after-body.ts";
import { AttemptFailed, askedOfEverybody, isRetryableAnswer } from "./retry-judge.ts";
import type { Transport } from "./transport.ts";
import { classifyTransportFailure } from "./transport-failure.ts";
import { createWatchdog, type Watchdog } from "./watchdog.ts";

/** What all attempts of a client share. */
interface AttemptContext {
  readonly transport: Transport;
  readonly allowInsecure: readonly string[];
  readonly gates: HostGates;
  readonly now: () => Instant;
}

/** What one attempt is for. */
interface AttemptOptions {
  readonly call: CallOptions;
  /** Whether the body of a 2xx answer is left to the caller. */
  readonly streaming: boolean;
  /** Whether it is the call's first. */
  readonly isFirst: boolean;
  /** The call at the gates: the time it has left, and how to end it. */
  readonly wait: GateWait;
}

/**
 * One attempt: the answer, or an `AttemptFailed` for everything that a retry may be decided about. What the gate of the
 * host throws is thrown as it is.
 */
export async function runAttempt(
  request: PreparedRequest,
  context: AttemptContext,
  options: AttemptOptions,
): Promise<HttpResponse | HttpStreamResponse> {
  const { transport, allowInsecure } = context;
  // A body may come from a download that needs a slot to go on: whoever sends one must not hold what that waits for.
  const pass = createGatePass(context.gates, request.streamsBody ? 0 : 1, options.wait);
  const waiting = enterGate(pass, request.url);
  if (waiting !== undefined) await waiting;
  const leftMs = Math.max(1, Math.ceil(options.wait.leftMs()));
  const watchdog = createWatchdog(Math.min(request.timeoutMs, leftMs), request, options.call);
  const deadline = performance.now() + leftMs;
  let progress: "sent" | "headers" | "handed over" = "sent";
  try {
    const answer = await exchange(request, { watchdog, transport, allowInsecure, pass });
    progress = "headers";
    const retryAfter = answer.headers.get("retry-after");
    const retryAfterMs = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, context.now());
    const { status, headers, url } = answer;
    const waited = retryAfterMs === undefined ? undefined : { retryAfterMs };
    if (options.streaming && status < 300) {
      progress = "handed over";
      // The caller may take any time over the body, and may need further answers of this host before it goes on.
      leaveGate(pass, "good");
      return { status, headers, url, body: thenStop(answer.body ?? empty(), watchdog, request), ...waited };
    }
    const { maxBytes } = request;
    const body =
      answer.body === undefined
        ? new Uint8Array()
        : status < 400
          ? await readBody(answer.body, { headers, request, deadline })
          : await readErrorBody(answer.body, { status, maxBytes, deadline });
    const response =
      status < 400
        ? { status, headers, url, body, ...waited }
        : { status, headers, url, body, redact: (text: string) => quoteWithoutSecretsOf(request)(text), ...waited };
    if (status < 400 || !isRetryableAnswer(response)) {
      leaveGate(pass, "good");
      return response;
    }
    const inBody = retryAfterMs === undefined ? retryAfterInBody(body) : undefined;
    const refusal = inBody === undefined ? response : { ...response, retryAfterMs: inBody };
    pass.gate?.pause(askedOfEverybody(refusal), status);
    leaveGate(pass, "overloaded");
    throw new AttemptFailed({ kind: "answer", response: refusal });
  } catch (cause) {
    if (cause instanceof AttemptFailed) throw cause;
    const { error, retryable, connectionLost, unprocessed } = classifyTransportFailure(cause, request.doing());
    const stale = unprocessed || (connectionLost && pass.wasAnswered && progress === "sent");
    // An idle connection that was closed says nothing about the host, nor does what a body's own source threw.
    const tells = retryable && !(stale && options.isFirst) && !request.streamsBody;
    leaveGate(pass, tells ? "overloaded" : "unknown");
    throw new AttemptFailed({ kind: "error", error, retryable, stale, unprocessed });
  } finally {
    leaveGate(pass, "unknown");
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
    throw errorWithoutSecretsOf(classifyTransportFailure(cause, request.doing()).error, request);
  } finally {
    watchdog.stop();
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
