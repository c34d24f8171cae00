import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execute, observeState, type Plan, planRollback } from "@bayplan/core";
import type { BundledChild } from "./bundle-child.ts";
import { gitRepository } from "./crash-family.ts";
import type { CrashTask } from "./crash-task.ts";
import type { CrashWorld, SeededTag } from "./crash-world.ts";
import { planRelease } from "./plan-release.ts";

/** What is executed and killed. */
export type ScenarioName = "release" | "rollback";

/** A plan for one world, in a file, and the way back to what it was made for. */
export interface CrashScenario {
  readonly plan: Plan;
  readonly taskFile: string;
  /** What executions have noted since the last reset. */
  readonly journal: string;
  /** Throws away what happened, and makes the world what the plan saw. */
  reset(): Promise<void>;
}

/** Makes the plan in a world. Leaves the world in any state. */
export async function prepareScenario(
  name: ScenarioName,
  world: CrashWorld,
  options: { readonly seed: readonly SeededTag[]; readonly child: BundledChild },
): Promise<CrashScenario> {
  const { seed, child } = options;
  const { family, ports } = world;
  const { clock } = ports;
  await world.reset(seed);
  const release = await planRelease(world);
  let plan = release;
  let before = seed;
  if (name === "rollback") {
    const { outcomes } = await execute(release, ports, { definition: family, allowDeletes: true }).result;
    plan = planRollback(release, await observeState(family, ports), clock.now(), { outcomes });
    before = await world.asSeed();
  }
  const own = world.servers.hosts["registry"]?.replace(/\W/g, "-") ?? "";
  const task: CrashTask = {
    definition: world.definition,
    plan: JSON.stringify(plan),
    hosts: ["registry", "copies"].map((server) => world.servers.hosts[server] ?? ""),
    gitHub: `http://${world.servers.hosts["github"]}`,
    gitRepository,
    token: world.token,
    journal: join(child.directory, `${name}-${own}.jsonl`),
  };
  const taskFile = join(child.directory, `${name}-${own}.json`);
  await writeFile(taskFile, JSON.stringify(task));
  const reset = async () => {
    await rm(task.journal, { force: true });
    await world.reset(before);
  };
  return { plan, taskFile, journal: task.journal, reset };
}
