import type { Plan, Step } from "../plan/plan.ts";
import type { ExecutePorts } from "../ports/ports.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import type { Execution, ExecutionResult, ProgressEvent } from "./execution.ts";
import { randomFrom } from "./jitter.ts";
import { keepJournal } from "./keep-journal.ts";
import { isDone, type StepOutcome } from "./outcome.ts";
import { createOutcomeLog, type OutcomeLog } from "./outcome-log.ts";
import { refusePlan } from "./refuse-plan.ts";
import { createRemovalQueue } from "./removal-queue.ts";
import { type Unanswered, unanswered } from "./resolve-references.ts";
import { lookAtBuild, runStep } from "./run-step.ts";
import { runSteps } from "./run-steps.ts";
import { createRunningRuns } from "./running-runs.ts";
import { type SettledPlan, settlePlan } from "./settle-plan.ts";
import type { ExecutionContext } from "./step-context.ts";
import { stepWeights } from "./step-weights.ts";

/**
 * Carries a plan out. Starts at once. First it looks whether the world is still as the plan saw it; if not, nothing is
 * done, or what `onDrift` says. A failed step skips what depends on it and, if the plan's groups say nothing else, only
 * that. Executing the same plan again is safe: what was done is reported as `already-done`.
 *
 * When the signal aborts, no new step begins, except the remaining tag moves of a group whose first tag was written.
 * Runs that were started go on.
 *
 * @throws BayplanError before anything is done: `INVALID_PLAN` if the plan was changed or its steps cannot be ordered,
 * `PLAN_EXPIRED`, or `NOT_ALLOWED` listing every step that lies outside the definition.
 */
export function execute(plan: Plan, ports: ExecutePorts, options: ExecuteOptions): Execution {
  refusePlan(plan, options, ports.clock.now());
  const log = createOutcomeLog();
  const result = run(plan, ports, options, log);
  return { result, [Symbol.asyncIterator]: () => log[Symbol.asyncIterator]() };
}

async function run(
  plan: Plan,
  ports: ExecutePorts,
  options: ExecuteOptions,
  log: OutcomeLog,
): Promise<ExecutionResult> {
  const runs = createRunningRuns(ports.ci);
  const context: ExecutionContext = {
    ports,
    definition: options.definition,
    settleMs: options.settleMs ?? 60_000,
    retryAfterFailure: options.retryAfterFailure ?? "back-off",
    random: options.random ?? randomFrom(plan.id),
    progress: (event) => report(event, options),
    startedRun: runs.started,
    looks: new Map(),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const settled = await settlePlan(plan, context, {
    onDrift: options.onDrift ?? "abort",
    refuse: (next) => refusePlan(next, options, ports.clock.now()),
  });
  const journal = keepJournal(settled.plan, ports, options);
  const steps = new Map(settled.plan.steps.map((step) => [step.id, step]));
  const outcomes = new Map<string, StepOutcome>();
  const onOutcome = (outcome: StepOutcome) => {
    const step = steps.get(outcome.step);
    if (step !== undefined) {
      runs.ended(step);
      journal.ended(step, outcome);
    }
    outcomes.set(outcome.step, outcome);
    log.append(outcome);
  };
  if (settled.isStale) {
    for (const { id } of settled.plan.steps) onOutcome({ step: id, state: "skipped", because: "stale" });
  } else {
    const facts = { outcomes, steps };
    const removals = createRemovalQueue(settled.plan, ports);
    await runSteps(settled.plan.steps, {
      weights: stepWeights(settled.plan.steps, options.durations),
      ...(options.concurrency === undefined ? {} : { limits: options.concurrency }),
      ...(settled.plan.groups === undefined ? {} : { groups: settled.plan.groups }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      look: async (step, call) => {
        journal.begun(step);
        return (
          unknownOutcome(step, settled.unknown) ?? (await lookAtBuild(step, facts, { ...context, removals, ...call }))
        );
      },
      run: (step, call) => {
        if (step.kind !== "build") journal.begun(step);
        return runStep(step, facts, { ...context, removals, ...call });
      },
      onOutcome,
      onGroupFailed: runs.cancel,
    }).catch((error: unknown) => {
      // Only a bug leads here. Even then every step has an outcome, and who waits for the end sees one.
      const { code, message } = unanswered(error);
      const failed = { state: "failed", code, message } as const;
      for (const { id } of settled.plan.steps) if (!outcomes.has(id)) onOutcome({ step: id, ...failed });
    });
    await runs.settled();
  }
  log.close();
  const state = settled.isStale ? "stale" : stateOf(outcomes, options.signal);
  const journalError = await journal.over(state);
  const { drift, replanError } = settled;
  return {
    state,
    outcomes: log.outcomes,
    ...(drift.length === 0 ? {} : { drift }),
    ...(settled.plan === plan ? {} : { replanned: settled.plan }),
    ...(replanError === undefined ? {} : { replanError: { code: replanError.code, message: replanError.message } }),
    ...(journalError === undefined ? {} : { journalError }),
  };
}

/** A step whose base could not be looked at: it fails with that before it does anything. */
function unknownOutcome(step: Step, unknown: SettledPlan["unknown"]): StepOutcome | undefined {
  const reason: Unanswered | undefined = unknown.get(step.id);
  return reason === undefined
    ? undefined
    : { step: step.id, state: "failed", code: reason.code, message: reason.message };
}

function stateOf(outcomes: ReadonlyMap<string, StepOutcome>, signal: AbortSignal | undefined) {
  // A removal that something forbids is the end of it, as is what was only to be done after it.
  const isKept = (outcome: StepOutcome) =>
    outcome.state === "refused" || (outcome.state === "skipped" && outcomes.get(outcome.because)?.state === "refused");
  const isComplete = [...outcomes.values()].every((outcome) => isDone(outcome) || isKept(outcome));
  return isComplete ? "complete" : signal?.aborted ? "cancelled" : "partial";
}

function report(event: ProgressEvent, options: ExecuteOptions): void {
  try {
    options.onProgress?.(event);
  } catch {
    // A broken display must not stop a release.
  }
}
