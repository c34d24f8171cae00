import { BayplanError, type Clock, type Instant, instantToMs } from "@bayplan/core";
import type { HttpHeaders } from "@bayplan/runtime";

/** What Docker Hub last said about the pulls that are left. */
export interface DockerHubRateLimit {
  /** Pulls in one window. */
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
  /** What is counted by: an address, or the id of an account. */
  readonly source?: string;
  /** When it was said. */
  readonly at: Instant;
}

/** Knows the pulls that are left, and keeps some. */
export interface PullBudget {
  last(): DockerHubRateLimit | undefined;
  note(headers: HttpHeaders): void;
  /** Throws `RATE_LIMITED` where a pull would take one that is to be kept, or that is not there. */
  check(): void;
}

// After this, one is let through to learn how things are: the window may be over.
const trustedMs = 60_000;

/** A budget without knowledge. Accounts without a limit never get any. */
export function createPullBudget(options: { readonly clock: Clock; readonly keepPulls: number }): PullBudget {
  const { clock, keepPulls } = options;
  let last: DockerHubRateLimit | undefined;
  return {
    last: () => last,
    note(headers) {
      const limit = parseQuota(headers.get("ratelimit-limit"));
      const remaining = parseQuota(headers.get("ratelimit-remaining"));
      if (limit === undefined || remaining === undefined) return;
      const source = headers.get("docker-ratelimit-source");
      last = {
        limit: limit.count,
        remaining: remaining.count,
        windowSeconds: limit.windowSeconds,
        ...(source === undefined ? {} : { source }),
        at: clock.now(),
      };
    },
    check() {
      if (last === undefined || last.remaining > keepPulls) return;
      const leftMs = instantToMs(last.at) + trustedMs - instantToMs(clock.now());
      if (leftMs <= 0) return;
      throw new BayplanError(
        "RATE_LIMITED",
        `Docker Hub allows ${last.remaining} more pulls of ${last.limit} in ${last.windowSeconds} s, and ${keepPulls} are to be kept: the manifest was not asked for. Log in, use a mirror or a manifest cache, or wait.`,
        { retryAfterMs: leftMs },
      );
    },
  };
}

/** Reads `100;w=21600`. */
function parseQuota(text: string | undefined): { readonly count: number; readonly windowSeconds: number } | undefined {
  const [, count, windowSeconds] = /^(\d{1,9});w=(\d{1,9})$/.exec(text?.trim() ?? "") ?? [];
  return count === undefined ? undefined : { count: Number(count), windowSeconds: Number(windowSeconds) };
}
