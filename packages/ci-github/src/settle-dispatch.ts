import { type CallOptions, isBayplanError, type ObservedRun, type Run } from "@bayplan/core";
import { cancelRun } from "./cancel-run.ts";
import type { CiContext } from "./ci-context.ts";
import { noKeyInName } from "./dispatch-errors.ts";
import type { DispatchedRun } from "./find-dispatched.ts";
import { observedRuns } from "./find-runs.ts";
import { lookUntil } from "./look-until.ts";
import { type PendingDispatch, recentRuns } from "./recent-runs.ts";
import type { WorkflowRun } from "./schema.ts";

/** A dispatch whose run GitHub named. */
interface StartedDispatch extends PendingDispatch {
  readonly run: Run;
}

/**
 * The run that stands for the key: ours, or an older one that another coordinator started at the same time; then ours
 * is cancelled. GitHub's lists lag, so they are read until ours is in them: older ones then are too. Throws
 * `RESPONSE_INVALID` when the name of our run does not carry the key.
 */
export async function settleDispatch(
  context: CiContext,
  started: StartedDispatch,
  options: CallOptions,
): Promise<DispatchedRun> {
  const ours = started.run;
  const recent = await readUntilListed(context, started, options);
  if (recent === undefined) return { run: ours, isOwn: true };
  const winner = rivals(recent, started).toSorted((left, right) => Number(left.run.id) - Number(right.run.id))[0]?.run;
  if (winner !== undefined && Number(winner.id) < Number(ours.id)) {
    // A duplicate that goes on is harmless: the concurrency group is the key, and what is staged is not built again.
    await unlessItFails(cancelRun(context, ours, options));
    return { run: winner, isOwn: false };
  }
  if (isNamedWithoutKey(recent, started) && !(await getsItsKey(context, started, options))) {
    throw noKeyInName(started.checked, context.keyInput);
  }
  return { run: ours, isOwn: true };
}

/** The workflow's runs, once ours is among them or the time for that is over; `undefined` when they cannot be listed. */
async function readUntilListed(
  context: CiContext,
  started: StartedDispatch,
  options: CallOptions,
): Promise<readonly WorkflowRun[] | undefined> {
  let recent: readonly WorkflowRun[] | undefined;
  const look = async (): Promise<true | undefined> => {
    recent = await unlessItFails(recentRuns(context, started, options));
    return recent === undefined || isListed(recent, started) ? true : undefined;
  };
  await lookUntil(context, look, options);
  return recent;
}

/** Runs that build the same: in flight with this key, or done with this attempt while we were asking. */
function rivals(runs: readonly WorkflowRun[], { checked, attempt }: StartedDispatch): readonly ObservedRun[] {
  return observedRuns(runs, checked).filter(
    ({ run, status }) => status.state !== "completed" || (status.conclusion === "success" && run.attempt === attempt),
  );
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

function isListed(runs: readonly WorkflowRun[], started: StartedDispatch): boolean {
  return runs.some(({ id }) => String(id) === started.run.id);
}

function isNamedWithoutKey(runs: readonly WorkflowRun[], started: StartedDispatch): boolean {
  const isNamed = observedRuns(runs, started.checked).some(({ run }) => run.id === started.run.id);
  return isListed(runs, started) && !isNamed;
}

async function getsItsKey(context: CiContext, started: StartedDispatch, options: CallOptions): Promise<boolean> {
  const look = async (): Promise<true | undefined> => {
    const recent = await unlessItFails(recentRuns(context, started, options));
    return recent !== undefined && isNamedWithoutKey(recent, started) ? undefined : true;
  };
  return (await lookUntil(context, look, options)) === true;
}
