import { type Clock, instantToMs } from "@bayplan/core";
import { type GitHubRefusal, gitHubRefusal } from "./github-answer.ts";
import { supportLine } from "./rate-limiter.ts";

/** The limits beside the one per hour, as GitHub documents them. */
export interface SimulatedSecondaryLimits {
  /** A read is 1, a write 5. Default 900. */
  readonly pointsPerMinute?: number;
  /** Requests at once. Default 100. */
  readonly concurrent?: number;
  /**
   * Dispatches per minute. GitHub allows 80 of what creates content, and does not say whether a dispatch does. Default
   * no limit.
   */
  readonly dispatchesPerMinute?: number;
}

/** Refuses what comes too fast. */
export interface SecondaryLimiter {
  /** Lets a request in, or refuses it; the function it gives says that the request is answered. */
  enter(request: Request): () => void;
  refusal(options?: { readonly status?: 403 | 429; readonly retryAfterS?: number | null }): GitHubRefusal;
}

const minuteMs = 60_000;
const docs =
  "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";

/**
 * The secondary rate limits of one token.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
export function createSecondaryLimiter(limits: SimulatedSecondaryLimits, clock: Clock): SecondaryLimiter {
  const { pointsPerMinute = 900, concurrent = 100, dispatchesPerMinute = Number.POSITIVE_INFINITY } = limits;
  let open = 0;
  const spent: { readonly atMs: number; readonly points: number; readonly isDispatch: boolean }[] = [];

  function refusal({ status = 403, retryAfterS = 60 }: Parameters<SecondaryLimiter["refusal"]>[0] = {}): GitHubRefusal {
    const message = `You have exceeded a secondary rate limit. Please wait a few minutes before you try again. ${supportLine(clock)}`;
    const headers = retryAfterS === null ? {} : { "retry-after": String(retryAfterS) };
    return gitHubRefusal(status, message, { documentationUrl: docs, headers });
  }

  return {
    refusal,
    enter(request) {
      const nowMs = instantToMs(clock.now());
      while (spent[0] !== undefined && spent[0].atMs <= nowMs - minuteMs) spent.shift();
      const isDispatch = request.method === "POST" && request.url.endsWith("/dispatches");
      const points = ["GET", "HEAD", "OPTIONS"].includes(request.method) ? 1 : 5;
      const used = spent.reduce((sum, one) => sum + one.points, 0);
      const dispatched = spent.filter((one) => one.isDispatch).length;
      if (open >= concurrent || used + points > pointsPerMinute) throw refusal();
      if (isDispatch && dispatched >= dispatchesPerMinute) throw refusal();
      spent.push({ atMs: nowMs, points, isDispatch });
      open++;
      return () => void open--;
    },
  };
}
