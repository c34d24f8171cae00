import type { BayplanError } from "@bayplan/core";
import { errorFromResponse } from "./error-from-response.ts";
import type { PreparedRequest } from "./http-request.ts";
import type { HttpResponse } from "./http-response.ts";
import type { RetryVerdict } from "./retry.ts";
import { saysRateLimit } from "./retry-after-body.ts";

/** Why an attempt did not give an answer to keep. */
type AttemptFailure =
  | { readonly kind: "answer"; readonly response: HttpResponse }
  /**
   * `stale`: an idle connection was closed under the request, which then never reached the server. `unprocessed`: the
   * protocol guarantees that, or that the server did not look at it.
   */
  | {
      readonly kind: "error";
      readonly error: BayplanError;
      readonly retryable: boolean;
      readonly stale: boolean;
      readonly unprocessed?: boolean;
    };

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

// 499 and 522 come from proxies in between (nginx, Cloudflare) that lost the client or the server.
const retryable = new Set([408, 429, 499, 500, 502, 503, 504, 522]);
const aboutTheHost = new Set([403, 429, 503]);
const firstDelayMs = 200;

/** Whether the answer says that the same request may succeed later: by its status, or as a 403 that means a rate limit. */
export function isRetryableAnswer(response: HttpResponse): boolean {
  return retryable.has(response.status) || (response.status === 403 && saysRateLimit(response.body));
}

/**
 * Milliseconds that a retryable answer asks everybody to wait, not only this call; 0 if it does not. A 429 or a 503
 * speaks of the host, and so does a 403 that means a rate limit; a 500 or a 504 may be about one request.
 */
export function askedOfEverybody(response: HttpResponse): number {
  return aboutTheHost.has(response.status) ? (response.retryAfterMs ?? 0) : 0;
}

/** Decides for one call, attempt by attempt, whether and when to try again. */
export function createRetryJudge(
  request: PreparedRequest,
  policy: RetryPolicy,
): (error: Error, retriesDone: number) => RetryVerdict {
  let staleConnections = 0;
  return (error, retriesDone) => {
    if (!(error instanceof AttemptFailed)) return { action: "stop" };
    const { failure } = error;
    // Only a body from elsewhere may be gone by then.
    if (!request.mayRetry && (!isUnprocessed(failure) || request.streamsBody)) return { action: "stop" };
    if (!request.mayRepeat && !wasRefused(failure)) return { action: "stop" };
    if (failure.kind === "error" && !failure.retryable) return { action: "stop" };
    if (failure.kind === "error" && failure.stale && staleConnections === 0) {
      staleConnections += 1;
      return { action: "free" };
    }
    if (!request.mayRetry) return { action: "stop" };
    const asked = failure.kind === "answer" ? failure.response.retryAfterMs : undefined;
    // Full jitter spreads callers that failed together; a wait that the server asked for is kept as it is.
    const delayMs = asked ?? Math.round(policy.random() * firstDelayMs * 2 ** retriesDone);
    if (delayMs > policy.maxRetryAfterMs || delayMs >= policy.leftMs()) return { action: "stop" };
    return { action: "wait", delayMs };
  };
}

/** Whether the server said that it did nothing. A lost connection or a gateway's error does not say that. */
function wasRefused(failure: AttemptFailure): boolean {
  if (failure.kind === "error") return isUnprocessed(failure);
  return failure.response.status === 429 || failure.response.status === 503;
}

function isUnprocessed(failure: AttemptFailure): boolean {
  return failure.kind === "error" && failure.unprocessed === true;
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
