import {
  type CallOptions,
  instantToMs,
  isBayplanError,
  type Run,
  type RunStatus,
  throwIfCancelled,
} from "@bayplan/core";
import type { CiContext } from "./ci-context.ts";
import { type RunReading, readRun } from "./read-run.ts";
import { isSameStatus, toRunStatus } from "./run-status.ts";

/** How a run is watched. */
interface WatchOptions extends CallOptions {
  /** GitHub's `run_attempt` that is meant: after a re-run, an older one may still be shown for a moment. */
  readonly runAttempt: () => number;
}

/**
 * Each change of a run's status until it is completed. Waits `pollMs.first` after a change, then longer each time up
 * to `pollMs.max`. A run that GitHub does not show yet is waited for during `findWithinMs`.
 */
export async function* watchRun(
  context: CiContext,
  run: Run,
  { signal, runAttempt }: WatchOptions,
): AsyncGenerator<RunStatus> {
  const call: CallOptions = signal === undefined ? {} : { signal };
  const { first, max } = context.pollMs;
  const deadlineMs = instantToMs(context.clock.now()) + context.findWithinMs;
  let last: RunStatus | undefined;
  let etag: string | undefined;
  let waitMs = first;
  for (;;) {
    throwIfCancelled(signal);
    const mayBeNew = last === undefined && instantToMs(context.clock.now()) < deadlineMs;
    const reading = await readUnlessNew(context, run, { ...call, etag, mayBeNew });
    etag = reading.etag;
    const isOlder = (reading.run?.run_attempt ?? Number.POSITIVE_INFINITY) < runAttempt();
    const status = isOlder || reading.run === undefined ? last : toRunStatus(reading.run);
    if (status !== undefined && (last === undefined || !isSameStatus(last, status))) {
      last = status;
      waitMs = first;
      yield status;
      if (status.state === "completed") return;
    }
    await context.clock.sleep(waitMs, call);
    waitMs = Math.min(max, waitMs * 1.5);
  }
}

async function readUnlessNew(
  context: CiContext,
  run: Run,
  options: CallOptions & { readonly etag: string | undefined; readonly mayBeNew: boolean },
): Promise<RunReading> {
  try {
    return await readRun(context.client, run, options);
  } catch (error) {
    // A run's page can lag behind the answer that named it: https://github.com/Codex-/return-dispatch/issues/183
    if (options.mayBeNew && isBayplanError(error) && error.code === "NOT_FOUND")
      return { run: undefined, etag: undefined };
    throw error;
  }
}
