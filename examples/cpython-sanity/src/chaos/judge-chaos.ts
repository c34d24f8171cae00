import { type ChaosCheck, type ChaosVerdict, chaosInvariants } from "./chaos-invariants.ts";
import { type ChaosRun, runChaos } from "./chaos-run.ts";
import type { Sabotage } from "./chaos-world.ts";

/** Everything that speaks against a run. */
export function violationsIn({ verdict }: JudgedChaos): readonly string[] {
  return verdict.checks.flatMap(({ invariant, violations }) =>
    violations.map((what) => `not so: ${invariant}: ${what}`),
  );
}

/** A run and what it shows. */
export interface JudgedChaos {
  /** Absent where the harness stood still or fell over. */
  readonly run?: ChaosRun;
  readonly verdict: ChaosVerdict;
}

/** Real time after which a run that costs a fraction of a second stands still: something waits for what never comes. */
const stillAfterMs = 30_000;

/** Runs a seed and checks every invariant; what nobody caught counts, too. */
export async function judgeChaos(seed: number, sabotage?: Sabotage): Promise<JudgedChaos> {
  const uncaught: string[] = [];
  const onUncaught = (error: unknown) => void uncaught.push(`nobody caught ${String(error)}`);
  process.on("unhandledRejection", onUncaught);
  try {
    const run = await withinTime(runChaos(seed, sabotage));
    // Rejections that nobody catches are told at the end of a turn.
    await new Promise((resolve) => setImmediate(resolve));
    const verdict = chaosInvariants(run);
    return { run, verdict: { ...verdict, checks: [...verdict.checks, caught(uncaught)] } };
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const ended = { invariant: "the run ends", violations: [what] };
    return { verdict: { checks: [ended, caught(uncaught)], races: 0 } };
  } finally {
    process.off("unhandledRejection", onUncaught);
  }
}

function caught(violations: readonly string[]): ChaosCheck {
  return { invariant: "no rejection is left uncaught", violations };
}

async function withinTime<Result>(running: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const stands = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it stands still")), stillAfterMs);
  });
  try {
    return await Promise.race([running, stands]);
  } finally {
    clearTimeout(timer);
  }
}
