import type { FamilyConfig } from "../definition/family-config.ts";
import type { Plan } from "../plan/plan.ts";
import { cpythonConfig, createWorld, type World } from "./cpython-world.ts";

/** State by image, `blocked` with what on. */
export function states(plan: Plan): Record<string, string> {
  return Object.fromEntries(
    plan.nodes.map(({ image, state }) => [image, state.state === "blocked" ? `blocked on ${state.on}` : state.state]),
  );
}
/** Ids of the steps, in order. */
export const stepsOf = (plan: Plan) => plan.steps.map((step) => step.id);
/** Codes of the reasons for an image's state. */
export const reasonsOf = (plan: Plan, image: string) =>
  plan.nodes.find((node) => node.image === image)?.reasons.map((reason) => reason.code);
/** Codes of the reasons why tags were withheld. */
export const withheldOf = (plan: Plan) =>
  plan.nodes.flatMap((node) => node.withheld.map((held) => held.reasons[0].code));

/** The plan for a world that was prepared. */
export async function planOf(prepare: (world: World) => void, config: FamilyConfig = cpythonConfig): Promise<Plan> {
  const world = createWorld(config);
  prepare(world);
  return world.plan();
}
