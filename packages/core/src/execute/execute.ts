import type { Family } from "../definition/family.ts";
import { BayplanError, isBayplanError } from "../errors.ts";
import { instantToMs } from "../instant.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { planId } from "../plan/plan-id.ts";
import { refuseForeignSteps } from "../plan/refuse-foreign-steps.ts";
import { refuseUnorderedSteps } from "../plan/refuse-unordered-steps.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { fanOutSignal } from "../ports/fan-out-signal.ts";
import type { ExecutePorts } from "../ports/ports.ts";
import { bindStep } from "./bind-step.ts";
import type { Execution, ExecutionResult, ProgressEvent } from "./execution.ts";
import type { Outcomes, StepOutcome } from "./outcome.ts";
import { createOutcomeLog } from "./outcome-log.ts";
import { runAwaitImage } from "./run-await-image.ts";
import { runBuild } from "./run-build.ts";
import { runCopy } from "./run-copy.ts";
import { runPreflight } from "./run-preflight.ts";
import { runRemoval } from "./run-removal.ts";
import { runSteps } from "./run-steps.ts";
import { runTag } from "./run-tag.ts";
import { runTest } from "./run-test.ts";
import { runVerify } from "./run-verify.ts";
import type { StepContext } from "./step-context.ts";

/** How a plan is executed. */
export interface ExecuteOptions extends CallOptions {
  /** The definition the plan was made from: nothing outside it is touched. */
  readonly definition: Family;
  /** Steps that talk to the outside at once; waits for builds do not count. Default 16. */
  readonly concurrency?: number;
  /** Called between outcomes. What it throws is ignored. */
  readonly onProgress?: (event: ProgressEvent) => void;
  /** How long a registry may take to show what was pushed, in milliseconds. Default 60 000. */
  readonly settleMs?: number;
}

/**
 * Carries a plan out. Starts at once. A failed step skips what depends on it and nothing else; executing the same plan
 * again is safe: what was done is reported as `already-done`.
 *
 * When the signal aborts, no new step begins, except the remaining tag moves of a node whose first tag was written.
 * Runs that were started go on.
 *
 * @throws BayplanError before anything is done: `INVALID_PLAN` if the plan was changed or its steps cannot be ordered,
 * `PLAN_EXPIRED`, or `NOT_ALLOWED` listing every step that lies outside the definition.
 */
export function execute(plan: Plan, ports: ExecutePorts, options: ExecuteOptions): Execution {
  refusePlan(plan, ports, options);
  const log = createOutcomeLog();
  const result = run(plan, ports, options, log);
  return { result, [Symbol.asyncIterator]: () => log[Symbol.asyncIterator]() };
}

function refusePlan(plan: Plan, ports: ExecutePorts, options: ExecuteOptions): void {
  if (planId(plan) !== plan.id) {
    throw new BayplanError(
      "INVALID_PLAN",
      "The plan was changed after it was made: its id is not the digest of what it says. Plan again.",
    );
  }
  const now = ports.clock.now();
  if (instantToMs(now) > instantToMs(plan.expiresAt)) {
    throw new BayplanError(
      "PLAN_EXPIRED",
      `The plan was valid until ${plan.expiresAt}, it is ${now} now. Observe and plan again.`,
    );
  }
  refuseUnorderedSteps(plan);
  refuseForeignSteps(plan, options.definition);
}

async function run(
  plan: Plan,
  ports: ExecutePorts,
  options: ExecuteOptions,
  log: ReturnType<typeof createOutcomeLog>,
): Promise<ExecutionResult> {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const outcomes = new Map<string, StepOutcome>();
  const context: StepContext = {
    ports,
    definition: options.definition,
    settleMs: options.settleMs ?? 60_000,
    progress: (event) => report(event, options),
  };
  const fan = fanOutSignal(options.signal);
  await runSteps(plan.steps, {
    concurrency: Math.max(1, options.concurrency ?? 16) || 1,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    run: (step) => fan.run((call) => runStep(step, outcomes, steps, { ...context, ...call })),
    onOutcome: (outcome) => {
      outcomes.set(outcome.step, outcome);
      log.append(outcome);
    },
  });
  fan.close();
  log.close();
  const isDone = [...outcomes.values()].every(
    (outcome) => outcome.state === "done" || outcome.state === "already-done",
  );
  const state = isDone ? "complete" : options.signal?.aborted ? "cancelled" : "partial";
  return { state, outcomes: log.outcomes };
}

async function runStep(
  step: Step,
  outcomes: Outcomes,
  steps: ReadonlyMap<string, Step>,
  context: StepContext,
): Promise<StepOutcome> {
  try {
    context.progress({ step: step.id, state: "started" });
    const bound = bindStep(step, outcomes, steps, { buildKeys: context.definition.buildKeys });
    switch (bound.kind) {
      case "build":
        return await runBuild(bound, context);
      case "await-image":
        return await runAwaitImage(bound, context);
      case "verify":
        return await runVerify(bound, context);
      case "test":
        return await runTest(bound, context);
      case "copy":
        return await runCopy(bound, context);
      case "preflight":
        return await runPreflight(bound, context);
      case "tag":
        return await runTag(bound, context);
      case "untag":
      case "delete":
        return await runRemoval(bound, context);
    }
  } catch (error) {
    if (isBayplanError(error) && error.code === "CANCELLED" && context.signal?.aborted) {
      return { step: step.id, state: "skipped", because: "cancelled" };
    }
    const code = isBayplanError(error) ? error.code : "INTERNAL";
    return { step: step.id, state: "failed", code, message: error instanceof Error ? error.message : String(error) };
  }
}

function report(event: ProgressEvent, options: ExecuteOptions): void {
  try {
    options.onProgress?.(event);
  } catch {
    // A broken display must not stop a release.
  }
}
