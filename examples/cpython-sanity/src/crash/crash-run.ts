import type { Plan, StepOutcome } from "@bayplan/core";
import { type Boundary, type Change, isSameChange } from "./change.ts";
import type { CrashScenario } from "./crash-scenario.ts";
import type { CrashState } from "./crash-state.ts";
import type { CrashWorld } from "./crash-world.ts";
import { journalProblems } from "./journal-problems.ts";
import { type ChildEnd, startChild } from "./start-child.ts";

/** What came of an execution that nothing disturbed. */
export interface UndisturbedRun {
  readonly changes: readonly Change[];
  readonly start: CrashState;
  readonly end: CrashState;
}

/** Executes the plan in a process that lives to its end. */
export async function runUndisturbed(
  world: CrashWorld,
  scenario: CrashScenario,
  programme: string,
): Promise<UndisturbedRun> {
  await scenario.reset();
  const start = await world.state();
  const end = await startChild(programme, scenario.taskFile).ended;
  await world.settled();
  if (end.state !== "complete") throw new Error(`The undisturbed execution was not complete: ${JSON.stringify(end)}`);
  return { changes: [...world.servers.changes], start, end: await world.state() };
}

/** How one execution is killed. */
export interface CrashOptions {
  readonly programme: string;
  readonly boundary: Boundary;
  /** Whether runs that are under way are still so when the plan is executed again. */
  readonly holdsRuns: boolean;
  readonly undisturbed: UndisturbedRun;
}

/** Kills the execution at the boundary, executes the plan again, and gives everything that is not as it should be. */
export async function runCrash(
  world: CrashWorld,
  scenario: CrashScenario,
  options: CrashOptions,
): Promise<readonly string[]> {
  const { programme, boundary, undisturbed } = options;
  await scenario.reset();
  const first = startChild(programme, scenario.taskFile);
  let isHit = false;
  const strike = (side: Boundary["side"]) => async (change: Change) => {
    // What a dying process had sent besides may still arrive, as in life.
    if (isHit || !isSameChange(change, boundary.change)) return false;
    if (options.holdsRuns && side === "before") world.holdRuns();
    if (side !== boundary.side) return false;
    isHit = true;
    await first.kill();
    return true;
  };
  world.servers.intercept({ before: strike("before"), after: strike("after") });
  const broken = await first.ended;
  world.servers.intercept(undefined);
  if (!isHit) return [`the boundary was not hit: ${JSON.stringify(broken)}`];
  if (broken.signal !== "SIGKILL") return [`the process was not killed: ${JSON.stringify(broken)}`];
  const between = await world.state();
  const noted = await journalProblems(scenario, { state: between, hosts: world.servers.hosts, isOver: false });

  if (options.holdsRuns) world.releaseRunsOnAnswer();
  const again = await startChild(programme, scenario.taskFile).ended;
  await world.settled();
  const end = await world.state();
  return [
    ...betweenProblems(between, undisturbed),
    ...noted,
    ...endProblems(end, undisturbed.end),
    ...outcomeProblems(scenario.plan, broken, again),
    ...(await journalProblems(scenario, { state: end, hosts: world.servers.hosts, isOver: true })),
  ];
}

/** While it is half done every tag shows what it showed before or what it shows in the end, and none is missing. */
function betweenProblems(between: CrashState, { start, end }: UndisturbedRun): readonly string[] {
  const tags = new Set([...Object.keys(start.tags), ...Object.keys(between.tags)]);
  return [...tags].flatMap((tag) => {
    const shown = between.tags[tag];
    return shown === start.tags[tag] || shown === end.tags[tag]
      ? []
      : [`after the kill ${tag} shows ${shown ?? "nothing"}`];
  });
}

function endProblems(found: CrashState, wanted: CrashState): readonly string[] {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (left === right) return [];
  const tags = differences(found.tags, wanted.tags);
  const runs = differences(found.runs, wanted.runs);
  const asRecord = (list: readonly string[]) => Object.fromEntries(list.map((each) => [each, "there"]));
  const manifests = differences(asRecord(found.manifests), asRecord(wanted.manifests));
  return [...tags, ...runs, ...manifests].map((text) => `in the end ${text}`);
}

function differences(
  found: Readonly<Record<string, string | number>>,
  wanted: Readonly<Record<string, string | number>>,
): readonly string[] {
  return [...new Set([...Object.keys(found), ...Object.keys(wanted)])].flatMap((key) =>
    found[key] === wanted[key]
      ? []
      : [`${key} is ${found[key] ?? "not there"} instead of ${wanted[key] ?? "not there"}`],
  );
}

/** Kinds of steps that leave something behind; verifying is done again each time. */
const lasting = new Set(["await-image", "test", "copy", "tag", "untag", "delete"]);

function outcomeProblems(plan: Plan, broken: ChildEnd, again: ChildEnd): readonly string[] {
  if (again.state !== "complete")
    return [`the second execution ended "${again.state}": ${JSON.stringify(failures(again.outcomes))} ${again.errors}`];
  const states = new Map(again.outcomes.map((outcome) => [outcome.step, outcome.state]));
  const kinds = new Map(plan.steps.map((step) => [step.id, step.kind]));
  const missing = plan.steps.filter((step) => !states.has(step.id)).map((step) => `${step.id} has no outcome`);
  const repeated = broken.outcomes.flatMap(({ step, state }) => {
    const isDone = state === "done" || state === "already-done";
    const isLasting = lasting.has(kinds.get(step) ?? "");
    return isDone && isLasting && states.get(step) !== "already-done"
      ? [`${step} was done, and then "${states.get(step)}" instead of "already-done"`]
      : [];
  });
  return [...missing, ...repeated];
}

function failures(outcomes: readonly StepOutcome[]): readonly StepOutcome[] {
  return outcomes.filter(({ state }) => state !== "done" && state !== "already-done");
}
