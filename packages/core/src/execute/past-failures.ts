import { type Instant, instantToMs } from "../instant.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { CiAdapter, DispatchRequest, ObservedRun, Run } from "../ports/ci.ts";
import type { PastAttempts } from "./retry-queue.ts";

/** How a build did before. */
export interface BuildHistory extends PastAttempts {
  /** A run that is on its way, or that succeeded a moment ago: what it pushes need not be started again. */
  readonly adoptable?: Run;
}

/** Which runs are meant. */
interface PastFailuresOptions extends CallOptions {
  readonly now: Instant;
  /** How long a registry may take to show what a run pushed that succeeded, in milliseconds. */
  readonly settleMs: number;
}

/**
 * How often the runs of a key have failed since one last succeeded, and when the last failure ended. A run that somebody
 * stopped says nothing about the build.
 */
export async function pastFailures(
  ci: CiAdapter,
  { gitRepository, workflow, key }: DispatchRequest,
  { now, settleMs, ...call }: PastFailuresOptions,
): Promise<BuildHistory> {
  const query = { ...(gitRepository === undefined ? {} : { gitRepository }), workflow, key };
  const failures: ObservedRun[] = [];
  let adoptable: Run | undefined;
  // Newest attempt first: whatever is older than a success, or than the first attempt, tells nothing more.
  for await (const observed of ci.findRuns(query, call)) {
    const { status, run, endedAt } = observed;
    const isJustOver = endedAt !== undefined && instantToMs(now) - instantToMs(endedAt) < settleMs;
    const isSuccess = status.state === "completed" && status.conclusion === "success";
    if (status.state !== "completed" || (isSuccess && isJustOver)) adoptable ??= run;
    else if (!isSuccess && status.conclusion !== "cancelled") failures.push(observed);
    if (isSuccess || run.attempt <= 1) break;
  }
  const ends = failures.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [endedAt]));
  const lastAt = ends.sort((left, right) => instantToMs(right) - instantToMs(left))[0];
  return {
    attempts: failures.length,
    ...(lastAt === undefined ? {} : { lastAt }),
    ...(adoptable === undefined ? {} : { adoptable }),
  };
}
