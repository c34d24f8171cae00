import { BayplanError } from "../errors.ts";
import { readPlatforms } from "../observe/read-platforms.ts";
import { formatReference } from "../oci/reference.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { BoundStep } from "./bind-step.ts";
import type { StepOutcome } from "./outcome.ts";
import type { StepContext } from "./step-context.ts";

/** Checks that every expected platform is there. Others may be; attestations do not count. */
export async function runVerify(
  bound: Extract<BoundStep, { kind: "verify" }>,
  context: StepContext,
): Promise<StepOutcome> {
  const { step, target } = bound;
  const registry = registryFor(context.ports.registries, target.registry);
  const platforms = await readPlatforms(
    registry,
    target,
    context.signal === undefined ? {} : { signal: context.signal },
  );
  const missing = step.platforms.filter((platform) => !Object.hasOwn(platforms, platform));
  if (missing.length === 0) return { step: step.id, state: "done", digest: target.digest, platforms };
  const found = Object.keys(platforms).join(", ") || "none";
  const message = `${formatReference(target)} lacks ${missing.join(", ")}; it has ${found}. Let the workflow build every platform of the definition.`;
  throw new BayplanError("PLATFORM_MISMATCH", message);
}
