import { type Clock, instantToMs } from "@bayplan/core";
import { gitHubRefusal } from "./github-answer.ts";

/** Counts requests in windows of one hour. */
export interface RateLimiter {
  /** Refuses 403 when nothing is left. */
  check(): void;
  count(): void;
  headers(): Record<string, string>;
}

const windowMs = 3_600_000;

/** The primary rate limit of one token. */
export function createRateLimiter(limit: number, clock: Clock): RateLimiter {
  let windowEndsMs = 0;
  let used = 0;

  function roll(): void {
    const nowMs = instantToMs(clock.now());
    if (nowMs < windowEndsMs) return;
    windowEndsMs = nowMs + windowMs;
    used = 0;
  }

  function headers(): Record<string, string> {
    roll();
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - used)),
      "x-ratelimit-used": String(Math.min(limit, used)),
      "x-ratelimit-reset": String(Math.ceil(windowEndsMs / 1000)),
      "x-ratelimit-resource": "core",
    };
  }

  return {
    headers,
    check() {
      roll();
      if (used >= limit) throw gitHubRefusal(403, "API rate limit exceeded for installation.");
    },
    count() {
      used++;
    },
  };
}
