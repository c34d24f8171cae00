import type { Step } from "../plan/plan.ts";
import { createPriorityQueue, type PriorityQueue } from "./priority-queue.ts";
import type { StepLimits } from "./step-limits.ts";

/** A step that waits for nothing but room. */
export interface ReadyStep {
  /** Its place among the steps of the plan. */
  readonly place: number;
  /** The slots that it takes while it runs, as {@link slotsOf} gives them. */
  readonly slots: readonly string[];
  /** Comes before everything else: a group of tags is half moved. */
  readonly isUrgent: boolean;
  /** How often it failed in earlier executions: who never failed comes first. */
  readonly attempts: number;
  /** Length of the longest path that begins with it. */
  readonly weight: number;
  /** A build that is only looked at: whether it must start, and how often it has failed. */
  readonly isLook: boolean;
}

/** Steps that could begin, and the room there is for them. */
export interface ReadySteps {
  push(step: ReadyStep): void;
  /** The step that should begin next, among those for which there is room. Its slots are taken. */
  take(): ReadyStep | undefined;
  release(slots: readonly string[]): void;
}

/** The slot of a run in the CI. No host is written like this. */
export const ciSlot = "(ci)";

/** What a step needs: a slot for each registry it talks to, one of the CI for a run. Waits only sleep and need none. */
export function slotsOf(step: Step, starts: "run" | "nothing" = "run"): readonly string[] {
  switch (step.kind) {
    case "await-image":
      return [];
    // They wait in their own queue for their repository, so that many can go together.
    case "untag":
    case "delete":
      return [];
    case "test":
      return [ciSlot];
    case "build":
      return starts === "run" ? [step.repository.registry, ciSlot] : [step.repository.registry];
    case "copy":
      return [...new Set([step.from.registry, step.repository.registry])];
    case "preflight":
      return [...new Set(step.tags.map(({ repository }) => repository.registry))];
    default:
      return [step.repository.registry];
  }
}

/** Nothing is ready, all slots are free. */
export function createReadySteps(limits: Required<StepLimits>, isOver: (place: number) => boolean): ReadySteps {
  const taken = new Map<string, number>();
  // One queue for each combination of slots: who waits for one registry does not stand in the way of another.
  const queues = new Map<string, { readonly slots: readonly string[]; readonly queue: PriorityQueue<ReadyStep> }>();
  const hasRoom = (slot: string) => (taken.get(slot) ?? 0) < (slot === ciSlot ? limits.ci : limits.registry);
  return {
    push(step) {
      const key = step.slots.join(" ");
      const known = queues.get(key);
      const { queue } = known ?? { queue: createPriorityQueue(isBefore) };
      if (known === undefined) queues.set(key, { slots: step.slots, queue });
      queue.push(step);
    },
    take() {
      let best: PriorityQueue<ReadyStep> | undefined;
      for (const { slots, queue } of queues.values()) {
        for (let head = queue.peek(); head !== undefined && isOver(head.place); head = queue.peek()) queue.pop();
        const head = queue.peek();
        const first = best?.peek();
        if (head === undefined || (first !== undefined && !isBefore(head, first))) continue;
        if (slots.every(hasRoom)) best = queue;
      }
      const step = best?.pop();
      for (const slot of step?.slots ?? []) taken.set(slot, (taken.get(slot) ?? 0) + 1);
      return step;
    },
    release(slots) {
      for (const slot of slots) taken.set(slot, (taken.get(slot) ?? 0) - 1);
    },
  };
}

function isBefore(left: ReadyStep, right: ReadyStep): boolean {
  if (left.isUrgent !== right.isUrgent) return left.isUrgent;
  if (left.attempts !== right.attempts) return left.attempts < right.attempts;
  if (left.weight !== right.weight) return left.weight > right.weight;
  return left.place < right.place;
}
