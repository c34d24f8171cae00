import { formatReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { DispatchRequest, Run } from "../ports/ci.ts";
import type { BoundStep } from "./bind-step.ts";
import { ciOf } from "./ci-of.ts";
import { followRun } from "./follow-run.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";
import { withDeadline } from "./with-deadline.ts";

/** Tests an image by a run of its own. A run that tested the same digest in the same way and succeeded counts. */
export async function runTest(bound: Extract<BoundStep, { kind: "test" }>, context: StepContext): Promise<StepOutcome> {
  const { step, target, request } = bound;
  const call: CallOptions = context.signal === undefined ? {} : { signal: context.signal };
  const passed = await passedRun(request, context, call);
  if (passed !== undefined) return { step: step.id, state: "already-done", digest: target.digest, run: passed };
  const run = await ciOf(context.ports).dispatch(request, call);
  const waitingFor = `the run ${run.url} that tests ${formatReference(target)}`;
  await withDeadline({ clock: context.ports.clock, timeoutMs: step.timeoutMs, waitingFor, ...call }, (signal) =>
    followRun(step.id, run, { ...context, signal }),
  );
  return { step: step.id, state: "done", digest: target.digest, run };
}

async function passedRun(
  { gitRepository, workflow, key }: DispatchRequest,
  context: StepContext,
  call: CallOptions,
): Promise<Run | undefined> {
  const query = { ...(gitRepository === undefined ? {} : { gitRepository }), workflow, key };
  for await (const { run, status } of ciOf(context.ports).findRuns(query, call))
    if (status.state === "completed" && status.conclusion === "success") return run;
  return undefined;
}
