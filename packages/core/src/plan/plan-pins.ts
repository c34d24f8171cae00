import { digestReference, formatReference } from "../oci/reference.ts";
import type { Plan } from "./plan.ts";

/**
 * Every image that a plan needs and a clean-up must therefore keep while the plan may still be executed or rolled back:
 * what its moving tags showed before, what it tags, and the bases its builds are pinned to. Sorted, each once, as
 * `registry/repository@digest`.
 */
export function planPins(plan: Pick<Plan, "steps">): readonly string[] {
  const pins = new Set<string>();
  for (const step of plan.steps) {
    if (step.kind === "tag" && "digest" in step.expected)
      pins.add(formatReference(digestReference(step.repository, step.expected.digest)));
    if ((step.kind === "tag" || step.kind === "verify" || step.kind === "test") && "digest" in step.target)
      pins.add(formatReference(digestReference(step.repository, step.target.digest)));
    if (step.kind === "copy" && "digest" in step.target)
      pins.add(formatReference(digestReference(step.from, step.target.digest)));
    if (step.kind !== "build") continue;
    for (const { repository, target } of step.bases)
      if ("digest" in target) pins.add(formatReference(digestReference(repository, target.digest)));
  }
  return [...pins].sort();
}
