import {
  createPlan,
  evaluateRetention,
  joinPlans,
  observeState,
  type Plan,
  planPins,
  planRetention,
  readRetentionInventory,
} from "@bayplan/core";
import type { CrashWorld } from "./crash-world.ts";

/** What is released, and what is cleaned up after it, in one plan. */
export async function planRelease({ family, ports }: CrashWorld): Promise<Plan> {
  const now = ports.clock.now();
  const release = createPlan(family, await observeState(family, ports), now);
  // What the release and its rollback need, by digest: an evaluation knows no repositories.
  const pins = planPins(release);
  const evaluations = family.images.map(async ({ repository }) => {
    const registry = ports.registries.find(({ hosts }) => hosts.includes(repository.registry));
    if (registry === undefined) throw new Error(`There is no registry ${repository.registry}.`);
    const inventory = await readRetentionInventory(repository, registry, { untaggedNeedNothing: true });
    return evaluateRetention(inventory, { ...family.retention, pins }, now);
  });
  const cleanUp = planRetention(await Promise.all(evaluations), now, { family: family.name });
  return joinPlans([release, cleanUp]);
}
