import { type CallOptions, isBayplanError, type Run, type RunStatus } from "@bayplan/core";
import type { CheckedDispatch } from "./check-dispatch.ts";
import type { CiContext } from "./ci-context.ts";
import { collect } from "./collect.ts";
import { findRuns } from "./find-runs.ts";
import { watchRun } from "./watch-run.ts";

/** What is known of a run that is followed. */
interface FollowOptions extends CallOptions {
  /** The dispatch the run stands for; `undefined` for a run that this adapter did not give out. */
  readonly checked: CheckedDispatch | undefined;
  /** Whether its end was asked for here. */
  readonly isCancelled: (run: Run) => boolean;
  readonly runAttempt: (run: Run) => number;
}

/**
 * Watches a run. Where several coordinators start the same build at once, one may cancel its duplicate after another
 * has adopted it: a run that ended as cancelled is then followed in the run of its key that is left.
 */
export async function* followRun(context: CiContext, run: Run, options: FollowOptions): AsyncGenerator<RunStatus> {
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  const seen = new Set([run.id]);
  for (let current: Run | undefined = run; current !== undefined; ) {
    const watched: Run = current;
    current = undefined;
    for await (const status of watchRun(context, watched, { ...call, runAttempt: () => options.runAttempt(watched) })) {
      const isLost = status.state === "completed" && status.conclusion === "cancelled" && !options.isCancelled(watched);
      current = isLost ? await heirOf(context, options.checked, { ...call, seen }) : undefined;
      if (current !== undefined) break;
      yield status;
    }
    if (current !== undefined) seen.add(current.id);
  }
}

async function heirOf(
  context: CiContext,
  checked: CheckedDispatch | undefined,
  { seen, ...call }: CallOptions & { readonly seen: ReadonlySet<string> },
): Promise<Run | undefined> {
  if (checked === undefined) return undefined;
  try {
    const runs = await collect(findRuns(context, checked, call));
    const left = runs.filter(
      ({ run, status }) => !seen.has(run.id) && (status.state !== "completed" || status.conclusion === "success"),
    );
    return left.toSorted((one, other) => Number(one.run.id) - Number(other.run.id))[0]?.run;
  } catch (error) {
    // The run has ended as it has; that nobody can say more must not hide it.
    if (isBayplanError(error) && error.code !== "CANCELLED") return undefined;
    throw error;
  }
}
