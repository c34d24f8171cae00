import { BayplanError } from "../errors.ts";
import type { Plan } from "./plan.ts";

/**
 * Checks that every step comes after those it needs and that each id is there once.
 *
 * @throws BayplanError `INVALID_PLAN` for a plan that could never be executed to its end.
 */
export function refuseUnorderedSteps(plan: Pick<Plan, "steps">): void {
  const seen = new Set<string>();
  for (const step of plan.steps) {
    const missing = step.dependsOn.find((id) => !seen.has(id));
    if (missing !== undefined) throw invalid(`the step ${step.id} needs ${missing}, which does not come before it`);
    if (seen.has(step.id)) throw invalid(`the step ${step.id} is there twice`);
    seen.add(step.id);
  }
}

function invalid(why: string): BayplanError {
  return new BayplanError("INVALID_PLAN", `This is not a plan that can be used: ${why}.`);
}
