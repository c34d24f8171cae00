import type { Plan, Step } from "../plan/plan.ts";
import { isDone, type StepOutcome } from "./outcome.ts";

/** A step that has ended, and what follows from it. */
export interface EndedStep {
  readonly place: number;
  readonly outcome: StepOutcome;
  /** Places of the steps that wait for nothing any more. */
  readonly freed: readonly number[];
  /** The `fail-fast` group that has failed by it. */
  readonly failedGroup?: string;
}

/** Where the steps of a plan stand, by their places. Every change costs as much as the edges that it touches. */
export interface StepGraph {
  /** Steps that have not ended. */
  left(): number;
  isOver(place: number): boolean;
  /** The steps that wait for nothing from the beginning. */
  readonly first: readonly number[];
  begin(place: number): void;
  /** It has only been looked at, and waits for room to begin. */
  rest(place: number): void;
  /** Ends a step, then everything that is skipped because of it, each after what it needed. */
  end(place: number, outcome: StepOutcome): Iterable<EndedStep>;
  /** Nothing begins any more, except what belongs to tags that move. Gives what is not to begin. */
  cancel(): readonly number[];
  /** Why a step may not begin: `cancelled`, or the step by which its group failed. */
  stopOf(place: number): string | undefined;
  /** Whether its group has begun to move tags and it is part of that: then it is not stopped. */
  isMoving(place: number): boolean;
  isFailFast(place: number): boolean;
  /** Ids of the steps that have neither begun nor ended. */
  waiting(): readonly string[];
}

/** No step has begun. */
export function createStepGraph(steps: readonly Step[], groups: Plan["groups"] = {}): StepGraph {
  const places = new Map(steps.map((step, place) => [step.id, place]));
  const open = new Int32Array(steps.length);
  const followers: number[][] = steps.map(() => []);
  const begun = new Uint8Array(steps.length);
  const over = new Uint8Array(steps.length);
  const moving = new Map<string, number>();
  const failed = new Set<string>();
  /** The step by which a `fail-fast` group failed. */
  const stops = new Map<string, string>();
  const members = new Map<string, number[]>();
  let left = steps.length;
  let isCancelled = false;
  for (const [place, step] of steps.entries()) {
    open[place] = step.dependsOn.length;
    for (const id of step.dependsOn) followers[places.get(id) ?? -1]?.push(place);
    if (!isFailFastGroup(step.group)) continue;
    const own = members.get(step.group);
    if (own === undefined) members.set(step.group, [place]);
    else own.push(place);
  }
  function isFailFastGroup(group: string): boolean {
    return Object.hasOwn(groups, group) && groups[group] === "fail-fast";
  }
  const stepAt = (place: number) => steps[place] as Step;
  const isMoving = (place: number) => {
    const { kind, group } = stepAt(place);
    return (kind === "tag" || kind === "copy" || kind === "preflight") && (moving.get(group) ?? 0) > 0;
  };
  const isIdle = (place: number) => begun[place] === 0 && over[place] === 0 && !isMoving(place);
  const move = (step: Step, by: number) => {
    if (step.kind === "tag") moving.set(step.group, (moving.get(step.group) ?? 0) + by);
  };
  /** The first failure of a group that takes none: also one outside of it by which a step of it is skipped. */
  const groupFailedBy = (place: number, outcome: StepOutcome): string | undefined => {
    const cause = outcome.state === "failed" ? outcome.step : outcome.state === "skipped" ? outcome.because : undefined;
    if (cause === undefined || !failed.has(cause)) return undefined;
    const { group } = stepAt(place);
    if (!isFailFastGroup(group) || stops.has(group)) return undefined;
    stops.set(group, cause);
    return group;
  };
  return {
    left: () => left,
    isOver: (place) => over[place] === 1,
    first: steps.flatMap((step, place) => (step.dependsOn.length === 0 ? [place] : [])),
    begin(place) {
      if (begun[place] === 1) return;
      begun[place] = 1;
      // A tag that is being written may already show: from now on the group is one that moves.
      move(stepAt(place), 1);
    },
    rest(place) {
      begun[place] = 0;
    },
    *end(first, outcomeOfFirst) {
      const ending: [number, StepOutcome][] = [[first, outcomeOfFirst]];
      for (const [place, outcome] of ending) {
        if (over[place] === 1) continue;
        over[place] = 1;
        left -= 1;
        if (outcome.state === "failed") failed.add(outcome.step);
        if (begun[place] === 1 && isUntouched(outcome)) move(stepAt(place), -1);
        const because = causeFor(outcome);
        const freed: number[] = [];
        for (const follower of followers[place] ?? []) {
          open[follower] = (open[follower] ?? 0) - 1;
          if (because !== undefined) ending.push([follower, leaveOut(stepAt(follower), outcome, because)]);
          else if (open[follower] === 0 && over[follower] === 0) freed.push(follower);
        }
        const failedGroup = groupFailedBy(place, outcome);
        const cause = failedGroup === undefined ? undefined : stops.get(failedGroup);
        if (failedGroup === undefined || cause === undefined) {
          yield { place, outcome, freed };
          continue;
        }
        for (const member of members.get(failedGroup) ?? [])
          if (isIdle(member)) ending.push([member, skip(stepAt(member), cause)]);
        yield { place, outcome, freed, failedGroup };
      }
    },
    cancel() {
      isCancelled = true;
      return steps.flatMap((_, place) => (isIdle(place) ? [place] : []));
    },
    stopOf(place) {
      if (isMoving(place)) return undefined;
      return isCancelled ? "cancelled" : stops.get(stepAt(place).group);
    },
    isMoving,
    isFailFast: (place) => isFailFastGroup(stepAt(place).group),
    waiting: () => steps.flatMap((step, place) => (begun[place] === 0 && over[place] === 0 ? [step.id] : [])),
  };
}

/** Why what needs a step is skipped; `undefined` where it is not. */
function causeFor(outcome: StepOutcome): string | undefined {
  if (isDone(outcome)) return undefined;
  // Who needs a build that waits for its next attempt is told which.
  const isOwn = outcome.state !== "skipped" || outcome.because === "backing-off";
  return isOwn ? outcome.step : outcome.because;
}

/** Whether a tag surely shows nothing of ours: any other failure may have come after it was written. */
function isUntouched(outcome: StepOutcome): boolean {
  if (outcome.state === "failed") return outcome.code === "TAG_MOVED" || outcome.code === "TAG_IMMUTABLE";
  return !isDone(outcome);
}

/** What is not removed keeps what it consists of. */
function leaveOut(step: Step, needed: StepOutcome, because: string): StepOutcome {
  const isRemoval = step.kind === "untag" || step.kind === "delete";
  if (needed.state !== "refused" || !isRemoval) return skip(step, because);
  const message = `${step.id} is left out: ${needed.step} was refused, and this belongs to it.`;
  return { step: step.id, state: "refused", reason: "parent-kept", message };
}

function skip(step: Step, because: string): StepOutcome {
  return { step: step.id, state: "skipped", because };
}
