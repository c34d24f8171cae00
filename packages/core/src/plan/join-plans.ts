import { BayplanError } from "../errors.ts";
import { type Instant, instantToMs } from "../instant.ts";
import { digestReference, formatReference } from "../oci/reference.ts";
import type { Plan, Step } from "./plan.ts";
import { planId } from "./plan-id.ts";
import { planPins } from "./plan-pins.ts";

/**
 * One plan of several of the same family, for example of a release and of a clean-up after it: whatever they remove is
 * removed after everything else, and only if all of that succeeded. It is as old as the oldest, and expires with the
 * first of them.
 *
 * @throws BayplanError `INVALID_INPUT` for no plan, for plans of two families, for a rollback, where a step stands in two
 * of them, and where one removes an image that another one needs: evaluate with `planPins` of that one as pins.
 */
export function joinPlans(plans: readonly Plan[]): Plan {
  const [first, ...others] = plans;
  if (first === undefined) throw new BayplanError("INVALID_INPUT", "There is no plan to join. Pass at least one.");
  refuse(plans);
  if (others.length === 0) return first;
  const steps = plans.flatMap((plan) => plan.steps);
  const before = steps.filter((step) => !isRemoval(step));
  const removals = steps.filter(isRemoval);
  const needed = new Set(before.flatMap((step) => step.dependsOn));
  // Whoever comes last had everything else done before.
  const last = before.map(({ id }) => id).filter((id) => !needed.has(id));
  const removing = new Set(removals.map(({ id }) => id));
  const groups = Object.assign({}, ...plans.map((plan) => plan.groups ?? {})) as NonNullable<Plan["groups"]>;
  const leftOut = [...new Set(plans.flatMap((plan) => plan.leftOut ?? []))];
  const cleanUps = plans.flatMap((plan) => plan.cleanUps ?? []);
  const joined: Omit<Plan, "id"> = {
    formatVersion: 1,
    family: first.family,
    plannedAt: earliest(plans.map((plan) => plan.plannedAt)),
    expiresAt: earliest(plans.map((plan) => plan.expiresAt)),
    steps: [
      ...before,
      ...removals.map((step) => {
        // One that waits for another removal waits for all of that already.
        const isFirst = !step.dependsOn.some((id) => removing.has(id));
        return isFirst ? { ...step, dependsOn: [...step.dependsOn, ...last] } : step;
      }),
    ],
    nodes: plans.flatMap((plan) => plan.nodes),
    unresolved: plans.flatMap((plan) => plan.unresolved),
    ...(Object.keys(groups).length > 0 && { groups }),
    ...(leftOut.length > 0 && { leftOut }),
    ...(cleanUps.length > 0 && { cleanUps }),
  };
  return { ...joined, id: planId(joined) };
}

type Removal = Extract<Step, { kind: "untag" | "delete" }>;

function isRemoval(step: Step): step is Removal {
  return step.kind === "untag" || step.kind === "delete";
}

function refuse(plans: readonly Plan[]): void {
  const invalid = (message: string) => new BayplanError("INVALID_INPUT", `The plans cannot be joined: ${message}`);
  const families = [...new Set(plans.map(({ family }) => family))];
  if (families.length > 1) throw invalid(`they are of ${families.join(" and ")}.`);
  if (plans.some(({ rollsBack }) => rollsBack !== undefined)) throw invalid("one of them takes another plan back.");
  const seen = new Set<string>();
  for (const { id } of plans.flatMap((plan) => [...plan.steps, ...plan.nodes])) {
    if (seen.has(id)) throw invalid(`${id} stands in two of them.`);
    seen.add(id);
  }
  const pins = new Set(plans.flatMap(planPins));
  for (const step of plans.flatMap((plan) => plan.steps)) {
    const removed = step.kind === "delete" ? formatReference(digestReference(step.repository, step.digest)) : "";
    if (pins.has(removed))
      throw invalid(`one removes ${removed}, which another one needs. Evaluate with planPins of that one as pins.`);
  }
}

function earliest(times: readonly Instant[]): Instant {
  return times.reduce((left, right) => (instantToMs(right) < instantToMs(left) ? right : left));
}
