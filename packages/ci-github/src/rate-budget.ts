import { BayplanError, type Clock, instantToMs } from "@bayplan/core";
import { type FetchLike, type FetchLikeInit, parseRetryAfter, systemClock } from "@bayplan/runtime";

/** How a budget is made. */
export interface RateBudgetOptions {
  /** Default the global `fetch`. */
  readonly fetch?: FetchLike;
  /** Default the computer's clock. */
  readonly clock?: Clock;
  /** The REST API whose requests count; others pass. Default `https://api.github.com`. */
  readonly baseUrl?: string;
  /** Points per minute: 1 for a read, 5 for a write. Default 900, GitHub's own. */
  readonly pointsPerMinute?: number;
}

/** What is left for one token, over everything that uses its `fetch`. */
export interface RateBudget {
  /** To give to every adapter that uses the same token: CI, GHCR, releases. */
  readonly fetch: FetchLike;
  /** What GitHub said last; `undefined` before its first answer. */
  readonly remaining: number | undefined;
  /** How long GitHub asked to wait from now, in milliseconds; 0 when it did not. */
  readonly waitMs: number;
}

const minuteMs = 60_000;
const writePoints = 5;

/**
 * One rate budget for everything that shares a token. While GitHub asks to wait, requests fail at once with
 * `RATE_LIMITED` and `retryAfterMs` and are not sent: going on would lengthen the limit. Within a minute no more points
 * are spent than GitHub allows; a request that would go over waits.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function createRateBudget(options: RateBudgetOptions = {}): RateBudget {
  const { clock = systemClock, pointsPerMinute = 900 } = options;
  if (!Number.isFinite(pointsPerMinute) || pointsPerMinute < writePoints) {
    throw new BayplanError("INVALID_INPUT", "pointsPerMinute must be a number from 5.");
  }
  const send = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const { origin } = new URL(options.baseUrl ?? "https://api.github.com");
  const spent: { readonly atMs: number; readonly points: number }[] = [];
  let blockedUntilMs = 0;
  let remaining: number | undefined;
  const nowMs = (): number => instantToMs(clock.now());

  function refuseWhileLimited(): void {
    const retryAfterMs = blockedUntilMs - nowMs();
    if (retryAfterMs <= 0) return;
    const message =
      "GitHub's rate limit for this token is used up; nothing was sent. Wait as long as it asks, then try again.";
    throw new BayplanError("RATE_LIMITED", message, { retryAfterMs });
  }

  async function spend(points: number, init: FetchLikeInit): Promise<void> {
    for (;;) {
      const now = nowMs();
      while (spent[0] !== undefined && spent[0].atMs <= now - minuteMs) spent.shift();
      const used = spent.reduce((sum, one) => sum + one.points, 0);
      if (used + points <= pointsPerMinute || spent[0] === undefined) break;
      await clock.sleep(
        Math.max(1, spent[0].atMs + minuteMs - now),
        init.signal === undefined ? {} : { signal: init.signal },
      );
      refuseWhileLimited();
    }
    spent.push({ atMs: nowMs(), points });
  }

  function learn(status: number, header: (name: string) => string | null): void {
    const left = header("x-ratelimit-remaining");
    if (left !== null && /^\d+$/.test(left)) remaining = Number(left);
    const asked = parseRetryAfter(header("retry-after") ?? undefined, clock.now());
    const resetMs = Number(header("x-ratelimit-reset") ?? Number.NaN) * 1000;
    const isSpent = left === "0" && resetMs > nowMs();
    if (isSpent) blockedUntilMs = Math.max(blockedUntilMs, resetMs);
    if (status !== 403 && status !== 429) return;
    if (asked !== undefined) blockedUntilMs = Math.max(blockedUntilMs, nowMs() + asked);
    else if (status === 429 && !isSpent) blockedUntilMs = Math.max(blockedUntilMs, nowMs() + minuteMs);
  }

  return {
    async fetch(url, init) {
      if (new URL(url).origin !== origin) return send(url, init);
      refuseWhileLimited();
      await spend(init.method === "GET" || init.method === "HEAD" ? 1 : writePoints, init);
      const response = await send(url, init);
      learn(response.status, (name) => response.headers.get(name));
      return response;
    },
    get remaining() {
      return remaining;
    },
    get waitMs() {
      return Math.max(0, blockedUntilMs - nowMs());
    },
  };
}
