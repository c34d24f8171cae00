import { type Clock, instantToMs } from "@bayplan/core";
import { type GitHubRefusal, gitHubRefusal } from "./github-answer.ts";

/** Whose token is spent: `GITHUB_TOKEN` of a job, or a person's. */
export type SimulatedTokenKind = "classic" | "fine-grained" | "workflow";

/** Counts requests in windows of one hour. */
export interface RateLimiter {
  /** Refuses when nothing is left. */
  check(): void;
  count(): void;
  headers(): Record<string, string>;
  /** `rate_limit` of GitHub's OpenAPI description. */
  state(): RateLimitState;
  /** What is answered when nothing is left. */
  refusal(status?: 403 | 429): GitHubRefusal;
}

/** How much is left, and until when, in seconds since 1970. */
export interface RateLimitState {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly reset: number;
}

const windowMs = 3_600_000;
const docs = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";

/** The primary rate limit of one token. */
export function createRateLimiter(limit: number, clock: Clock, kind: SimulatedTokenKind): RateLimiter {
  let windowEndsMs = 0;
  let used = 0;

  function roll(): void {
    const nowMs = instantToMs(clock.now());
    if (nowMs < windowEndsMs) return;
    windowEndsMs = nowMs + windowMs;
    used = 0;
  }

  function state(): RateLimitState {
    roll();
    const spent = Math.min(limit, used);
    return { limit, used: spent, remaining: limit - spent, reset: Math.ceil(windowEndsMs / 1000) };
  }

  function refusal(status: 403 | 429 = 403): GitHubRefusal {
    const whose = kind === "workflow" ? "installation" : "user ID 583231";
    const message = `API rate limit exceeded for ${whose}. ${supportLine(clock)}`;
    return gitHubRefusal(status, message, { documentationUrl: docs, headers: { "x-ratelimit-remaining": "0" } });
  }

  return {
    state,
    refusal,
    headers() {
      const { limit: most, remaining, used: spent, reset } = state();
      return {
        "x-ratelimit-limit": String(most),
        "x-ratelimit-remaining": String(remaining),
        "x-ratelimit-used": String(spent),
        "x-ratelimit-reset": String(reset),
        "x-ratelimit-resource": "core",
      };
    },
    check() {
      if (state().remaining <= 0) throw refusal();
    },
    count() {
      used++;
    },
  };
}

/** The sentence that ends what GitHub says about limits. */
export function supportLine(clock: Clock): string {
  const at = clock
    .now()
    .replace("T", " ")
    .replace(/(?:\.\d+)?Z$/, " UTC");
  return `If you reach out to GitHub Support for help, please include the request ID ${requestId} and timestamp ${at}.`;
}

/** What every answer is marked with. */
export const requestId = "0000:SIMULATED";
