import { type BundledChild, bundleChild } from "./bundle-child.ts";
import { type Boundary, boundaryText, type Change } from "./change.ts";
import { runCrash, runUndisturbed, type UndisturbedRun } from "./crash-run.ts";
import { type CrashScenario, prepareScenario, type ScenarioName } from "./crash-scenario.ts";
import { type CrashWorld, openCrashWorld, type SeededTag } from "./crash-world.ts";
import { seedImages } from "./seed-images.ts";

/** How much is proven. */
export interface ProofOptions {
  readonly scenarios: readonly ScenarioName[];
  /** Every so manieth boundary. Default 1: all. */
  readonly every?: number;
  /** Executions side by side. Default 2. */
  readonly parallel?: number;
  /** Only boundaries whose text holds this. */
  readonly only?: string;
  /** Called after each boundary. */
  readonly onBoundary?: (text: string, problems: readonly string[]) => void;
}

/** What was tried, and what went wrong. */
export interface CrashProof {
  /** Requests of the undisturbed executions that changed something, by scenario. */
  readonly changes: Readonly<Record<string, readonly Change[]>>;
  /** Places at which an execution can be killed. */
  readonly boundaries: number;
  /** Executions that were killed, each at another of them. */
  readonly killed: number;
  /** Empty if everything held. */
  readonly failures: readonly { readonly boundary: string; readonly problems: readonly string[] }[];
}

interface Slot {
  readonly world: CrashWorld;
  readonly scenarios: ReadonlyMap<ScenarioName, Prepared>;
}

interface Prepared {
  readonly scenario: CrashScenario;
  readonly undisturbed: UndisturbedRun;
}

interface Job {
  readonly scenario: ScenarioName;
  readonly boundary: Boundary;
  readonly holdsRuns: boolean;
  readonly text: string;
}

/**
 * Executes plans in processes that are killed before and after each request that changes something, and executes each
 * plan again: what is there in the end must be what an undisturbed execution leaves.
 */
export async function proveCrashSafety(options: ProofOptions): Promise<CrashProof> {
  const child = await bundleChild();
  const seed = await seedImages();
  const worlds = await Promise.all(Array.from({ length: options.parallel ?? 2 }, () => openCrashWorld()));
  try {
    const slots = await Promise.all(worlds.map((world) => openSlot(world, options.scenarios, { child, seed })));
    const [first] = slots;
    const changes = Object.fromEntries(
      [...(first?.scenarios ?? [])].map(([name, { undisturbed }]) => [name, undisturbed.changes]),
    );
    const every = options.every ?? 1;
    const all = jobsOf(changes);
    const jobs = all
      .filter(({ text }) => options.only === undefined || text.includes(options.only))
      .filter((_, index) => index % every === 0);
    const failures: { boundary: string; problems: readonly string[] }[] = [];
    const queue = [...jobs];
    await Promise.all(
      slots.map(async (slot) => {
        for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
          const problems = await runJob(job, slot, child);
          if (problems.length > 0) failures.push({ boundary: job.text, problems });
          options.onBoundary?.(job.text, problems);
        }
      }),
    );
    return { changes, boundaries: all.length, killed: jobs.length, failures };
  } finally {
    await Promise.all(worlds.map((world) => world.close()));
    await child.remove();
  }
}

async function openSlot(
  world: CrashWorld,
  names: readonly ScenarioName[],
  given: { readonly child: BundledChild; readonly seed: readonly SeededTag[] },
): Promise<Slot> {
  const scenarios = new Map<ScenarioName, Prepared>();
  for (const name of names) {
    const scenario = await prepareScenario(name, world, given);
    scenarios.set(name, { scenario, undisturbed: await runUndisturbed(world, scenario, given.child.file) });
  }
  return { world, scenarios };
}

function jobsOf(changes: Readonly<Record<string, readonly Change[]>>): readonly Job[] {
  return Object.entries(changes).flatMap(([name, list]) =>
    list.flatMap((change) => {
      const scenario = name as ScenarioName;
      const job = (side: Boundary["side"], holdsRuns: boolean): Job => {
        const boundary = { change, side };
        const text = `${name}: ${boundaryText(boundary)}${holdsRuns ? ", the run still under way" : ""}`;
        return { scenario, boundary, holdsRuns, text };
      };
      // What a workflow pushes happens, whoever is dead: the next of its requests is the other side of this one.
      if (change.by === "workflow") return [job("before", false)];
      const isDispatch = change.server === "github";
      return [job("before", false), job("after", false), ...(isDispatch ? [job("after", true)] : [])];
    }),
  );
}

async function runJob(job: Job, slot: Slot, child: BundledChild): Promise<readonly string[]> {
  const prepared = slot.scenarios.get(job.scenario);
  if (prepared === undefined) return [`there is no scenario ${job.scenario}`];
  const { scenario, undisturbed } = prepared;
  const { boundary, holdsRuns } = job;
  try {
    return await runCrash(slot.world, scenario, { programme: child.file, boundary, holdsRuns, undisturbed });
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}
