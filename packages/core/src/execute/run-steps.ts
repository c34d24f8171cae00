import type { Step } from "../plan/plan.ts";
import type { StepOutcome } from "./outcome.ts";

/** How steps are run. */
export interface RunStepsOptions {
  /** Steps in flight at once; waits for builds do not count, they only sleep. */
  readonly concurrency: number;
  readonly signal?: AbortSignal;
  /** Never rejects: a failure is an outcome. */
  run(step: Step): Promise<StepOutcome>;
  onOutcome(outcome: StepOutcome): void;
}

/**
 * Runs steps as soon as what they need is done, not in waves. A step that needs a failed one is skipped; so is every
 * step not begun when the signal aborts, except the remaining tag moves of a group that has begun to move.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<void> {
  const ended = new Map<string, StepOutcome>();
  const waiting = new Set(steps);
  const running = new Map<Step, Promise<void>>();
  const moving = new Set<string>();

  const end = (step: Step, outcome: StepOutcome) => {
    running.delete(step);
    ended.set(step.id, outcome);
    if (step.kind === "tag" && isDone(outcome)) moving.add(step.group);
    options.onOutcome(outcome);
  };
  const begin = (step: Step) => {
    waiting.delete(step);
    const isAllowed = options.signal?.aborted !== true || (step.kind === "tag" && moving.has(step.group));
    if (!isAllowed) return end(step, { step: step.id, state: "skipped", because: "cancelled" });
    running.set(
      step,
      options.run(step).then((outcome) => end(step, outcome)),
    );
  };
  const pass = () => {
    let isChanged = false;
    for (const step of waiting) {
      const broken = step.dependsOn
        .map((id) => ended.get(id))
        .find((outcome) => outcome !== undefined && !isDone(outcome));
      if (broken !== undefined) {
        waiting.delete(step);
        end(step, {
          step: step.id,
          state: "skipped",
          because: broken.state === "skipped" ? broken.because : broken.step,
        });
        isChanged = true;
      } else if (step.dependsOn.every((id) => ended.has(id)) && hasRoom(step, running, options.concurrency)) {
        begin(step);
        isChanged = true;
      }
    }
    return isChanged;
  };

  while (waiting.size > 0 || running.size > 0) {
    while (pass()) {
      // A skipped step may be what another one needs: pass again until nothing moves.
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (waiting.size > 0)
      throw new Error(`Steps wait for each other: ${[...waiting].map((step) => step.id).join(", ")}`);
  }
}

function hasRoom(step: Step, running: ReadonlyMap<Step, unknown>, concurrency: number): boolean {
  if (step.kind === "await-image") return true;
  return [...running.keys()].filter((other) => other.kind !== "await-image").length < concurrency;
}

function isDone(outcome: StepOutcome): boolean {
  return outcome.state === "done" || outcome.state === "already-done";
}
