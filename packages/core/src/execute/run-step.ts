import { isBayplanError } from "../errors.ts";
import type { BuildStep, Step } from "../plan/plan.ts";
import { type BoundStep, bindStep } from "./bind-step.ts";
import type { Outcomes, StepOutcome } from "./outcome.ts";
import { runAwaitImage } from "./run-await-image.ts";
import { lookBeforeBuild, runBuild } from "./run-build.ts";
import { runCopy } from "./run-copy.ts";
import { runPreflight } from "./run-preflight.ts";
import { runRemoval } from "./run-removal.ts";
import { runTag } from "./run-tag.ts";
import { runTest } from "./run-test.ts";
import { runVerify } from "./run-verify.ts";
import type { StepContext } from "./step-context.ts";

/** What is known when a step begins. */
export interface StepFacts {
  readonly outcomes: Outcomes;
  readonly steps: ReadonlyMap<string, Step>;
}

/** Binds a step and does it. Never rejects: a failure is an outcome, and so is that it was stopped. */
export function runStep(step: Step, facts: StepFacts, context: StepContext): Promise<StepOutcome> {
  return outcomeOf(step, context, () => {
    // A build was announced when it was looked at.
    if (step.kind !== "build") context.progress({ step: step.id, state: "started" });
    return runBound(bind(step, facts, context), context);
  });
}

/** Looks whether a build has to start: an outcome if not, else how often it has failed. Never rejects. */
export function lookAtBuild(step: BuildStep, facts: StepFacts, context: StepContext): Promise<StepOutcome | number> {
  return outcomeOf(step, context, async () => {
    context.progress({ step: step.id, state: "started" });
    const bound = bind(step, facts, context);
    if (bound.kind !== "build") throw new TypeError(`${step.id} is bound as ${bound.kind}.`);
    return await lookBeforeBuild(bound, context);
  });
}

function bind(step: Step, { outcomes, steps }: StepFacts, context: StepContext): BoundStep {
  return bindStep(step, outcomes, steps, { buildKeys: context.definition.buildKeys });
}

function runBound(bound: BoundStep, context: StepContext): Promise<StepOutcome> {
  switch (bound.kind) {
    case "build":
      return runBuild(bound, context);
    case "await-image":
      return runAwaitImage(bound, context);
    case "verify":
      return runVerify(bound, context);
    case "test":
      return runTest(bound, context);
    case "copy":
      return runCopy(bound, context);
    case "preflight":
      return runPreflight(bound, context);
    case "tag":
      return runTag(bound, context);
    case "untag":
    case "delete":
      return runRemoval(bound, context);
  }
}

async function outcomeOf<Found>(
  step: Step,
  context: StepContext,
  run: () => Promise<Found>,
): Promise<Found | StepOutcome> {
  try {
    return await run();
  } catch (error) {
    if (isBayplanError(error) && error.code === "CANCELLED" && context.signal?.aborted) {
      return { step: step.id, state: "skipped", because: "cancelled" };
    }
    const code = isBayplanError(error) ? error.code : "INTERNAL";
    return { step: step.id, state: "failed", code, message: error instanceof Error ? error.message : String(error) };
  }
}
