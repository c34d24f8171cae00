import { requestFaults, runFaults } from "./fault-kind.ts";
import { judgeChaos, violationsIn } from "./judge-chaos.ts";

/** What came of many seeds. */
export interface ManySeeds {
  /** One text for each seed that broke an invariant. */
  readonly broken: readonly string[];
  /** Kinds of faults that no run met: they prove nothing. */
  readonly unmet: readonly string[];
}

/**
 * The seeds of a test: `BAYPLAN_CHAOS=1000` runs so many instead of 100, `BAYPLAN_CHAOS_SEED=7` that one alone. Every
 * second one, so that two files can run side by side.
 */
export function seedsOf(half: "odd" | "even", env: Readonly<Record<string, string | undefined>>): readonly number[] {
  const isOurs = (seed: number) => (seed % 2 === 1) === (half === "odd");
  const only = env["BAYPLAN_CHAOS_SEED"];
  const count = Number(env["BAYPLAN_CHAOS"] ?? 100);
  const all = only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(only)];
  return all.filter(isOurs);
}

/** Runs them one after the other. */
export async function runManySeeds(seeds: readonly number[]): Promise<ManySeeds> {
  const broken: string[] = [];
  const met = new Set<string>();
  for (const seed of seeds) {
    const judged = await judgeChaos(seed);
    for (const { kind } of judged.run?.world.faults ?? []) met.add(kind);
    const violations = violationsIn(judged);
    if (violations.length === 0) continue;
    broken.push([`seed ${seed}, alone: npm start -- --chaos ${seed}`, ...violations].join("\n  "));
  }
  return { broken, unmet: [...requestFaults, ...runFaults].filter((kind) => !met.has(kind)) };
}
