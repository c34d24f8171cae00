import { digestReference, formatRepository, tagReference } from "../oci/reference.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep } from "./bind-step.ts";
import type { RemovalRefusal, StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";

type BoundRemoval = Extract<BoundStep, { kind: "untag" | "delete" }>;

/** Takes a tag away, or deletes a manifest, if everything is still as the plan saw it. */
export async function runRemoval(bound: BoundRemoval, context: StepContext): Promise<StepOutcome> {
  const { step } = bound;
  const call = context.signal === undefined ? {} : { signal: context.signal };
  const registry = registryFor(context.ports.registries, step.repository.registry);
  const where = formatRepository(step.repository);
  if (step.kind === "untag") {
    if (registry.untag === undefined) return refuse(step.id, "untag-unsupported", `${where} cannot take tags away.`);
    await registry.untag(tagReference(step.repository, step.tag), step.expected, call);
    return { step: step.id, state: "done" };
  }
  if (registry.deleteManifest === undefined)
    return refuse(step.id, "delete-unsupported", `${where} cannot delete manifests.`);
  await registry.deleteManifest(digestReference(step.repository, step.digest), step.expected, call);
  return { step: step.id, state: "done", digest: step.digest };
}

function refuse(step: string, reason: RemovalRefusal, message: string): StepOutcome {
  return { step, state: "refused", reason, message };
}
