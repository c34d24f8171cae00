import { BayplanError } from "../errors.ts";
import { formatReference } from "../oci/reference.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep } from "./bind-step.ts";
import { ciOf } from "./ci-of.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";

/** Starts the build, unless what it would push is there already. */
export async function runBuild(
  bound: Extract<BoundStep, { kind: "build" }>,
  context: StepContext,
): Promise<StepOutcome> {
  const { step, key, destination } = bound;
  const options = context.signal === undefined ? {} : { signal: context.signal };
  const registry = registryFor(context.ports.registries, destination.registry);
  const found = await registry.resolve(destination, options);
  if (found.state === "present" && found.descriptor.digest !== step.replaces)
    return { step: step.id, state: "already-done", key, digest: found.descriptor.digest };
  if (found.state === "denied-or-absent" && context.definition.deniedMeans === "unknown") {
    const message = `The registry does not say whether ${formatReference(destination)} exists. Check the token, or set deniedMeans: "absent" for a new package.`;
    throw new BayplanError("DENIED", message);
  }
  const run = await ciOf(context.ports).dispatch(bound.request, options);
  return { step: step.id, state: "done", key, run };
}
