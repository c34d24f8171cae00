import type { BayplanError } from "@bayplan/core";
import { errorFromResponse } from "./error-from-response.ts";
import type { PreparedRequest } from "./http-request.ts";
import type { HttpResponse } from "./http-response.ts";
import type { RetryVerdict } from "./retry.ts";

/** Why an attempt did not give an answer to keep. */
type AttemptFailure =
  | { readonly kind: "answer"; readonly response: HttpResponse }
  /** `stale`: an idle connection was closed under the request, which then never reached the server. */
  | { readonly kind: "error"; readonly error: BayplanError; readonly retryable: boolean; readonly stale: boolean };

/** Carries an {@link AttemptFailure} through the retry loop; never leaves the client. */
export class AttemptFailed extends Error {
  readonly failure: AttemptFailure;

  constructor(failure: AttemptFailure) {
    super("attempt failed");
    this.failure = failure;
  }
}

/** What the judge goes by. */
interface RetryPolicy {
  readonly maxRetryAfterMs: number;
  readonly random: () => number;
  /** Milliseconds left for the whole call. */
  readonly leftMs: () => number;
}

const retryable = new Set([408, 429, 500, 502, 503, 504]);
const firstDelayMs = 200;

/** Whether the status says that the same request may succeed later. */
export function isRetryableStatus(status: number): boolean {
  return retryable.has(status);
}

/** Decides for one call, attempt by attempt, whether and when to try again. */
export function createRetryJudge(
  request: PreparedRequest,
  policy: RetryPolicy,
): (error: Error, retriesDone: number) => RetryVerdict {
  let staleConnections = 0;
  return (error, retriesDone) => {
    if (!(error instanceof AttemptFailed) || !request.mayRetry) return { action: "stop" };
    const { failure } = error;
    if (failure.kind === "error" && !failure.retryable) return { action: "stop" };
    if (failure.kind === "error" && failure.stale && staleConnections === 0) {
      staleConnections += 1;
      return { action: "free" };
    }
    const asked = failure.kind === "answer" ? failure.response.retryAfterMs : undefined;
    // Full jitter spreads callers that failed together; a wait that the server asked for is kept as it is.
    const delayMs = asked ?? Math.round(policy.random() * firstDelayMs * 2 ** retriesDone);
    if (delayMs > policy.maxRetryAfterMs || delayMs >= policy.leftMs()) return { action: "stop" };
    return { action: "wait", delayMs };
  };
}

/**
 * What the caller gets when no further attempt is made: the last response, or an error. A response that asks to wait
 * longer than allowed is an error at once, because whoever sees it must not simply call again.
 */
export function lastOutcome(failure: AttemptFailure, request: PreparedRequest, maxRetryAfterMs: number): HttpResponse {
  if (failure.kind === "error") throw failure.error;
  const { response } = failure;
  if (request.mayRetry && (response.retryAfterMs ?? 0) > maxRetryAfterMs)
    throw errorFromResponse(response, request.doing());
  return response;
}
