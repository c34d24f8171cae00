import { type BayplanError, type CallOptions, isBayplanError, type Run } from "@bayplan/core";
import type { CiContext } from "./ci-context.ts";
import { lookUntil } from "./look-until.ts";
import { isUsable, type PendingDispatch, recentRuns, runsOfAttempt } from "./recent-runs.ts";

/** The run that stands for a dispatch. */
export interface DispatchedRun {
  readonly run: Run;
  /** Whether this dispatch surely started it. */
  readonly isOwn: boolean;
}

/**
 * The run of a dispatch that GitHub did not name, `undefined` if none with the key shows up within `findWithinMs`.
 * Which of several duplicates is ours cannot be known here, so the oldest is taken and none cancelled. Throws
 * `UNAVAILABLE` when GitHub could not be asked to the end.
 */
export async function findDispatched(
  context: CiContext,
  pending: PendingDispatch,
  options: CallOptions,
): Promise<DispatchedRun | undefined> {
  let failure: BayplanError | undefined;
  const look = async (): Promise<DispatchedRun | undefined> => {
    try {
      const runs = runsOfAttempt(await recentRuns(context, pending, options), pending);
      failure = undefined;
      const run = (runs.find(isUsable) ?? runs[0])?.run;
      return run === undefined ? undefined : { run, isOwn: runs.length === 1 };
    } catch (error) {
      // What broke the dispatch off may last longer than one look.
      if (!isBayplanError(error) || error.code !== "UNAVAILABLE") throw error;
      failure = error;
      return undefined;
    }
  };
  const found = await lookUntil(context, look, options);
  if (failure !== undefined) throw failure;
  return found;
}
