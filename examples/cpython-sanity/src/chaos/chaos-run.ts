import {
  createPlan,
  type Digest,
  type ExecutionResult,
  execute,
  isBayplanError,
  observeState,
  type Plan,
} from "@bayplan/core";
import { type ChaosSchedule, chaosSchedule } from "./chaos-schedule.ts";
import { type ChaosWorld, type Coordinator, createChaosWorld, type Sabotage } from "./chaos-world.ts";

/** One plan that was carried out, or was to be. */
export interface ChaosAttempt {
  /** Who did it, for example `first` or `again`. */
  readonly by: string;
  readonly observedAtMs: number;
  readonly endedAtMs: number;
  /** The plan, then those that took its place because the world had changed. */
  readonly plans: readonly Plan[];
  readonly result?: ExecutionResult;
  /** The code of what was thrown instead. */
  readonly thrown?: string;
  /** It died on the way: what it would have said nobody hears. */
  readonly isDead: boolean;
}

/** What a registry shows: digest by tag by repository, whose host stands in front. */
export type Snapshot = Readonly<Record<string, Readonly<Record<string, Digest>>>>;

/** Everything that came of a seed. */
export interface ChaosRun {
  readonly schedule: ChaosSchedule;
  readonly world: ChaosWorld;
  /** With faults, then the same plans again without, then new plans until nothing is left to do. */
  readonly attempts: readonly ChaosAttempt[];
  /** How many of the attempts met faults. */
  readonly faulty: number;
  /** What was published when the faults ended. */
  readonly halfWay: Snapshot;
  readonly inTheEnd: Snapshot;
  /** When the faults ended. */
  readonly calmAtMs: number;
}

/** How often somebody plans anew until nothing is left to do. */
export const mostRounds = 8;
const hour = 3_600_000;

/**
 * Runs a seed to its end. Throws only where the harness itself is broken.
 *
 * @param sabotage - Breaks what the coordinators use, to see whether the invariants notice. Default: nothing is broken.
 */
export async function runChaos(seed: number, sabotage?: Sabotage): Promise<ChaosRun> {
  const schedule = chaosSchedule(seed);
  const world = createChaosWorld(schedule, sabotage);
  const attempts: ChaosAttempt[] = [];
  await world.fill();
  const crash = schedule.crash === undefined ? {} : { crash: schedule.crash };
  const first = world.coordinator("first", { hasFaults: true, ...crash });
  attempts.push(...(await Promise.all([carryOut(first, world), newer(world)])).flat());
  const faulty = attempts.length;
  const halfWay = snapshotOf(world);
  const calmAtMs = world.nowMs();
  const calm = (name: string) => world.coordinator(name, { hasFaults: false });

  for (const { by, plans } of attempts.slice(0, faulty)) {
    const [plan] = plans;
    if (plan !== undefined) attempts.push(await carryOut(calm(`${by} again`), world, plan));
  }
  for (let round = 1; round <= mostRounds; round += 1) {
    const attempt = await carryOut(calm(`round ${round}`), world);
    attempts.push(attempt);
    if (attempt.plans[0]?.steps.length === 0 || isStuck(schedule, attempts)) break;
    // What failed may be held back for a while: people come again later, and later each time.
    await world.clock.sleep(round * round * hour);
  }
  await world.github.settled();
  return { schedule, world, attempts, faulty, halfWay, inTheEnd: snapshotOf(world), calmAtMs };
}

/** Whether the last two plans want the same, and only what never works has failed in the last one. */
function isStuck({ failing, failingTests }: ChaosSchedule, attempts: readonly ChaosAttempt[]): boolean {
  const rounds = attempts.filter(({ by }) => by.startsWith("round"));
  const [before, last] = rounds.slice(-2).map(({ plans: [plan] }) => plan?.steps.map(({ id }) => id).join());
  const outcomes = rounds.at(-1)?.result?.outcomes ?? [];
  const failed = outcomes.flatMap((outcome) => (outcome.state === "failed" ? [outcome.step] : []));
  const isHopeless = (step: string) => {
    const image = /:([^:@]+)@/.exec(step)?.[1] ?? "";
    return [failing[image], failingTests[image]].includes(Number.POSITIVE_INFINITY);
  };
  return before !== undefined && before === last && failed.length > 0 && failed.every(isHopeless);
}

/** The coordinator that comes with the next version, while the first one is still at work. */
async function newer(world: ChaosWorld): Promise<readonly ChaosAttempt[]> {
  const { newerAfterMs } = world.schedule;
  if (newerAfterMs === undefined) return [];
  await world.clock.sleep(newerAfterMs);
  world.note("newer plan meanwhile", "3.14.5");
  world.publishNewer();
  return [await carryOut(world.coordinator("newer", { hasFaults: true }), world)];
}

/** Carries out the plan that is given, or one of its own. */
async function carryOut(coordinator: Coordinator, world: ChaosWorld, given?: Plan): Promise<ChaosAttempt> {
  const { name, process, ports } = coordinator;
  const observedAtMs = world.nowMs();
  const stop = stopOf(coordinator, world);
  const plans: Plan[] = given === undefined ? [] : [given];
  const common = () => ({ by: name, observedAtMs, endedAtMs: world.nowMs(), isDead: process.isDead, plans });
  const makePlan = async () => {
    const plan = createPlan(world.family, await observeState(world.family, ports, stop), ports.clock.now());
    plans.push(plan);
    return plan;
  };
  const { onDrift } = world.schedule;
  try {
    const result = await execute(given ?? (await makePlan()), ports, {
      definition: world.family,
      onDrift: onDrift === "replan" ? { replan: makePlan } : onDrift,
      ...stop,
    }).result;
    return { ...common(), result };
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return { ...common(), thrown: error.code };
  }
}

function snapshotOf({ registries }: ChaosWorld): Snapshot {
  const all = Object.entries(registries).flatMap(([host, registry]) =>
    Object.entries(registry.snapshot()).map(([repository, tags]) => [`${host}/${repository}`, tags] as const),
  );
  return Object.fromEntries(all);
}

function stopOf({ name }: Coordinator, world: ChaosWorld): { readonly signal?: AbortSignal } {
  const { stopAfterMs } = world.schedule;
  if (name !== "first" || stopAfterMs === undefined) return {};
  const controller = new AbortController();
  void world.clock.sleep(stopAfterMs).then(() => {
    world.note("stopped by signal", name);
    controller.abort(new Error("The signal of the seed."));
  });
  return { signal: controller.signal };
}
