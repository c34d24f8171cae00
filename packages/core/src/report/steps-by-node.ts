import type { Plan, Step } from "../plan/plan.ts";

/** The steps of every node that has some, by the node's id, in the plan's order. */
export function stepsByNode(plan: Pick<Plan, "steps">): ReadonlyMap<string, readonly Step[]> {
  const found = new Map<string, Step[]>();
  for (const step of plan.steps) {
    const steps = found.get(step.node);
    if (steps === undefined) found.set(step.node, [step]);
    else steps.push(step);
  }
  return found;
}
