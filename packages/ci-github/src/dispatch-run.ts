import { type CallOptions, isBayplanError, type ObservedRun, type Run } from "@bayplan/core";
import type { CheckedDispatch } from "./check-dispatch.ts";
import type { CiContext } from "./ci-context.ts";
import { collect } from "./collect.ts";
import { lostAnswer, noKeyInName } from "./dispatch-errors.ts";
import { type DispatchedRun, findDispatched } from "./find-dispatched.ts";
import { findRuns } from "./find-runs.ts";
import { readRun } from "./read-run.ts";
import { toRunStatus } from "./run-status.ts";
import type { SentDispatch } from "./send-dispatch.ts";
import { settleDispatch } from "./settle-dispatch.ts";

/** What a dispatch needs beside the request. */
interface DispatchRunOptions extends CallOptions {
  /** Sends the given attempt. */
  readonly send: (attempt: number, options: CallOptions) => Promise<SentDispatch>;
  /** The run that this adapter started for the key a moment ago: GitHub's lists may not show it yet. */
  readonly lastStarted: Run | undefined;
}

/** Starts a run for the key, or adopts the one in flight. */
export async function dispatchRun(
  context: CiContext,
  checked: CheckedDispatch,
  options: DispatchRunOptions,
): Promise<DispatchedRun> {
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  const known = await knownRuns(context, checked, { ...call, lastStarted: options.lastStarted });
  const inFlight = known.find(({ status }) => status.state !== "completed");
  if (inFlight !== undefined) return { run: inFlight.run, isOwn: false };

  const newest = Math.max(0, ...known.map(({ run }) => run.attempt));
  const attempt = Math.max(checked.attempt, newest + 1);
  const sent = await options.send(attempt, call);
  const pending = { checked, attempt };
  if (sent.state === "started") return settleDispatch(context, { ...pending, run: sent.run }, call);
  if (sent.state === "accepted") {
    const found = await findDispatched(context, pending, call);
    if (found !== undefined) return found;
    throw noKeyInName(checked, context.keyInput);
  }
  try {
    const found = await findDispatched(context, pending, call);
    if (found !== undefined) return found;
  } catch (error) {
    if (!isBayplanError(error) || error.code !== "UNAVAILABLE") throw error;
  }
  throw lostAnswer(checked, sent.error);
}

async function knownRuns(
  context: CiContext,
  { gitRepository, workflow, key, event }: CheckedDispatch,
  options: CallOptions & { readonly lastStarted: Run | undefined },
): Promise<readonly ObservedRun[]> {
  const known = await collect(findRuns(context, { gitRepository, workflow, key, event }, options));
  const last = options.lastStarted;
  if (last === undefined || known.some(({ run }) => run.id === last.id)) return newestFirst(known);
  try {
    const { run } = await readRun(context.client, last, options);
    return run === undefined ? known : newestFirst([...known, { run: last, status: toRunStatus(run) }]);
  } catch (error) {
    // Named by GitHub moments ago and not shown yet: in flight, as far as anyone can know.
    if (!isBayplanError(error) || error.code !== "NOT_FOUND") throw error;
    return newestFirst([...known, { run: last, status: { state: "queued" } }]);
  }
}

function newestFirst(runs: readonly ObservedRun[]): readonly ObservedRun[] {
  return runs.toSorted(
    ({ run: left }, { run: right }) => right.attempt - left.attempt || Number(left.id) - Number(right.id),
  );
}
