import { copyImage } from "../copy/copy-image.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep } from "./bind-step.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";

/** Copies an image by its digest. What the target has already is not sent again. */
export async function runCopy(bound: Extract<BoundStep, { kind: "copy" }>, context: StepContext): Promise<StepOutcome> {
  const { step, from, target } = bound;
  const { registries } = context.ports;
  const { digest, events } = await copyImage(
    { registry: registryFor(registries, from.registry), reference: from },
    { registry: registryFor(registries, target.registry), repository: step.repository },
    context.signal === undefined ? {} : { signal: context.signal },
  );
  const isSent = events.some(({ kind }) => kind !== "manifest-present");
  return { step: step.id, state: isSent ? "done" : "already-done", digest };
}
