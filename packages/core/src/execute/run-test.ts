import { formatReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { DispatchRequest, Run } from "../ports/ci.ts";
import type { BoundStep } from "./bind-step.ts";
import { ciOf } from "./ci-of.ts";
import { followRun } from "./follow-run.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";
import { withDeadline } from "./with-deadline.ts";

/**
 * Tests an image by a run of its own. A run that tested the same digest in the same way and succeeded counts; one that is
 * under way is followed.
 */
export async function runTest(bound: Extract<BoundStep, { kind: "test" }>, context: StepContext): Promise<StepOutcome> {
  const { step, target, request } = bound;
  const call: CallOptions = context.signal === undefined ? {} : { signal: context.signal };
  const known = await knownRun(request, context, call);
  if (known?.hasPassed === true) return { step: step.id, state: "already-done", digest: target.digest, run: known.run };
  // Not by a dispatch, which would adopt it too: it may have ended until then, and be started again.
  const run = known?.run ?? (await ciOf(context.ports).dispatch(request, call));
  context.startedRun(step, run);
  const waitingFor = `the run ${run.url} that tests ${formatReference(target)}`;
  await withDeadline({ clock: context.ports.clock, timeoutMs: step.timeoutMs, waitingFor, ...call }, (signal) =>
    followRun({ step: step.id, run }, { ...context, signal }),
  );
  return { step: step.id, state: "done", digest: target.digest, run };
}

/** One that has passed, else one that is under way. */
async function knownRun(
  { gitRepository, workflow, key }: DispatchRequest,
  context: StepContext,
  call: CallOptions,
): Promise<{ readonly run: Run; readonly hasPassed: boolean } | undefined> {
  const query = { ...(gitRepository === undefined ? {} : { gitRepository }), workflow, key };
  let underWay: Run | undefined;
  for await (const { run, status } of ciOf(context.ports).findRuns(query, call)) {
    if (status.state !== "completed") underWay ??= run;
    else if (status.conclusion === "success") return { run, hasPassed: true };
  }
  return underWay === undefined ? undefined : { run: underWay, hasPassed: false };
}
