import type { BoundStep } from "./bind-step.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";

/** Takes a tag away, or deletes a manifest, if everything is still as the plan saw it. */
export function runRemoval(
  { step }: Extract<BoundStep, { kind: "untag" | "delete" }>,
  context: StepContext,
): Promise<StepOutcome> {
  return context.removals.run(step, context.signal === undefined ? {} : { signal: context.signal });
}
