import { type CallOptions, isBayplanError, type Run } from "@bayplan/core";
import { cancelRun } from "./cancel-run.ts";
import type { CiContext } from "./ci-context.ts";
import { noKeyInName } from "./dispatch-errors.ts";
import { lookUntil } from "./look-until.ts";
import { isUsable, type PendingDispatch, recentRuns, runsOfAttempt } from "./recent-runs.ts";
import type { WorkflowRun } from "./schema.ts";

/** A dispatch whose run GitHub named. */
interface StartedDispatch extends PendingDispatch {
  readonly run: Run;
}

/**
 * The run that stands for the attempt: ours, or an older one that another coordinator started at the same time; then
 * ours is cancelled. Throws `RESPONSE_INVALID` when the name of our run does not carry the key.
 */
export async function settleDispatch(context: CiContext, started: StartedDispatch, options: CallOptions): Promise<Run> {
  const ours = started.run;
  const recent = await unlessItFails(recentRuns(context, started, options));
  if (recent === undefined) return ours;
  const winner = runsOfAttempt(recent, started).find(isUsable)?.run ?? ours;
  if (Number(winner.id) < Number(ours.id)) {
    // A duplicate that goes on is harmless: the concurrency group is the key, and what is staged is not built again.
    await unlessItFails(cancelRun(context, ours, options));
    return winner;
  }
  if (isNamedWithoutKey(recent, started) && !(await getsItsKey(context, started, options))) {
    throw noKeyInName(started.checked, context.keyInput);
  }
  return ours;
}

/** Our run is started and known: losing it because of a second look would be worse than a duplicate. */
async function unlessItFails<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isBayplanError(error) && error.code !== "CANCELLED") return undefined;
    throw error;
  }
}

function isNamedWithoutKey(runs: readonly WorkflowRun[], started: StartedDispatch): boolean {
  const isListed = runs.some(({ id }) => String(id) === started.run.id);
  return isListed && !runsOfAttempt(runs, started).some(({ run }) => run.id === started.run.id);
}

async function getsItsKey(context: CiContext, started: StartedDispatch, options: CallOptions): Promise<boolean> {
  const look = async (): Promise<true | undefined> => {
    const recent = await unlessItFails(recentRuns(context, started, options));
    return recent !== undefined && isNamedWithoutKey(recent, started) ? undefined : true;
  };
  return (await lookUntil(context, look, options)) === true;
}
