import { addMs, type CallOptions, type ObservedRun } from "@bayplan/core";
import type { CheckedDispatch } from "./check-dispatch.ts";
import type { CiContext } from "./ci-context.ts";
import { collect } from "./collect.ts";
import { observedRuns } from "./find-runs.ts";
import { listRuns } from "./list-runs.ts";
import type { WorkflowRun } from "./schema.ts";

/** A dispatch that was sent. */
export interface PendingDispatch {
  readonly checked: CheckedDispatch;
  readonly attempt: number;
}

// Room for clocks that disagree; the runs of interest are seconds old.
const recentMs = 60 * 60 * 1000;

/** The workflow's runs of the last hour, with whatever key. */
export async function recentRuns(
  context: CiContext,
  { checked }: PendingDispatch,
  options: CallOptions,
): Promise<readonly WorkflowRun[]> {
  const { gitRepository, workflow, event } = checked;
  const query = { gitRepository, workflow, event, since: addMs(context.clock.now(), -recentMs) };
  return (await collect(listRuns(context.client, query, options))).flat();
}

/** Of these runs the ones that carry the key and the attempt, the lowest id first. */
export function runsOfAttempt(
  runs: readonly WorkflowRun[],
  { checked, attempt }: PendingDispatch,
): readonly ObservedRun[] {
  return observedRuns(runs, checked).filter(({ run }) => run.attempt === attempt);
}

/** A run that ended without success is no reason to give up one that has just started. */
export function isUsable({ status }: ObservedRun): boolean {
  return status.state !== "completed" || status.conclusion === "success";
}
