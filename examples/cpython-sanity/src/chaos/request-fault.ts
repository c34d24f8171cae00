import type { FaultEffect } from "@bayplan/testkit";
import type { ChaosSchedule } from "./chaos-schedule.ts";
import type { RequestFault } from "./fault-kind.ts";

/** A fault for one request. */
export interface ChosenFault {
  readonly kind: RequestFault;
  readonly effect: FaultEffect;
}

/** A request, as far as it decides which faults can meet it. */
export interface FaultTarget {
  readonly server: "registry" | "copy" | "github";
  readonly method: string;
  /** A place of content: not where tokens are given. */
  readonly isContent: boolean;
  /** Names the request: the same text, the same fault. */
  readonly about: string;
  /** Since the beginning of the run. */
  readonly atMs: number;
}

/** What happens to the request, if anything. */
export function requestFault(schedule: ChaosSchedule, target: FaultTarget): ChosenFault | undefined {
  const { random, outage } = schedule;
  const { about, atMs, server } = target;
  if (outage?.server === server && atMs >= outage.afterMs && atMs < outage.afterMs + outage.forMs)
    return { kind: "outage", effect: outage.isSilent ? { reset: true } : { status: 503 } };
  if (!random.chance(schedule.faultsPerMille, `faulty ${about}`)) return undefined;
  const kind = random.pick(schedule.faults, `which fault ${about}`);
  if (kind.endsWith("truncated body") && target.method !== "GET") return undefined;
  const canBeStale = target.server !== "github" && target.isContent && ["GET", "HEAD"].includes(target.method);
  if (kind === "stale read" && !canBeStale) return undefined;
  return { kind, effect: effectOf(kind, schedule, target) };
}

function effectOf(kind: RequestFault, { random, staleMs }: ChaosSchedule, { server, about }: FaultTarget): FaultEffect {
  const some = (limit: number) => random.below(limit, `how much ${about}`);
  switch (kind) {
    case "rate limit": {
      if (server === "github") return gitHubLimit(1 + some(90), random.chance(500, `as 403 ${about}`));
      if (random.chance(500, `in the body ${about}`)) return { rateLimitedForMs: some(20_000) };
      return { status: 429, headers: { "retry-after": String(some(90)) } };
    }
    case "rate limit without a time":
      return { status: 429 };
    case "server error":
      return { status: random.pick([500, 502, 503, 504], `status ${about}`) };
    case "reset before the effect":
      return { reset: true };
    case "reset after the effect":
      return { loseResponse: true };
    case "truncated body":
      return { truncateTo: some(200) };
    case "silently truncated body":
      return { truncateTo: some(200), hidden: true };
    case "slow answer":
      return { delayMs: 10_000 + some(240_000) };
    case "stale read":
      return { staleByMs: some(staleMs) };
    case "outage":
      return { status: 503 };
  }
}

/** @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function gitHubLimit(afterS: number, isForbidden: boolean): FaultEffect {
  return {
    status: isForbidden ? 403 : 429,
    headers: { "content-type": "application/json", "retry-after": String(afterS) },
    body: JSON.stringify({ message: "You have exceeded a secondary rate limit. Please wait a few minutes." }),
  };
}
