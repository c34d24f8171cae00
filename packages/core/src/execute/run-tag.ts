import { BayplanError, isBayplanError } from "../errors.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep } from "./bind-step.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";

/**
 * Puts the same bytes under the tag if it still shows what the plan saw. Not interruptible: once the first tag of a
 * group is written, the others follow.
 */
export async function runTag(bound: Extract<BoundStep, { kind: "tag" }>, context: StepContext): Promise<StepOutcome> {
  const { step, target } = bound;
  const registry = registryFor(context.ports.registries, target.registry);
  try {
    const receipt = await registry.tag(target, step.tag, step.expected);
    return { step: step.id, state: receipt.changed ? "done" : "already-done", digest: target.digest, receipt };
  } catch (error) {
    const isTaken = isBayplanError(error) && error.code === "TAG_MOVED" && step.mutability === "immutable";
    if (!isTaken) throw error;
    const message = `${error.message} This tag names one release and is never overwritten: publish the new image as another version.`;
    throw new BayplanError("TAG_IMMUTABLE", message, { cause: error });
  }
}
