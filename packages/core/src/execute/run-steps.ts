import type { BuildStep, Plan, Step } from "../plan/plan.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { StepOutcome } from "./outcome.ts";
import { ciSlot, createReadySteps, type ReadyStep, slotsOf } from "./ready-steps.ts";
import { createStepGraph } from "./step-graph.ts";
import { type StepLimits, stepLimits } from "./step-limits.ts";
import { stepWeights } from "./step-weights.ts";

/** How steps are run. */
export interface RunStepsOptions {
  readonly limits?: number | StepLimits;
  /** By the place of the step: what is heavier begins first. Default the number of builds on the way. */
  readonly weights?: ArrayLike<number>;
  readonly groups?: Plan["groups"];
  readonly signal?: AbortSignal;
  /** Before a build: an outcome if it need not or must not start, or how often it has failed. Default: all start. */
  readonly look?: (step: BuildStep, call: CallOptions) => Promise<StepOutcome | number>;
  /** A failure is an outcome. What is thrown all the same becomes one. */
  run(step: Step, call: CallOptions): Promise<StepOutcome>;
  onOutcome(outcome: StepOutcome): void;
  /** A group with the policy `fail-fast` has failed: what runs elsewhere for it is no longer wanted. */
  readonly onGroupFailed?: (group: string) => void;
}

/**
 * Runs steps as soon as what they need is done and there is room, not in waves; of those that could begin the one with
 * the longest path behind it. A step that needs a failed one is skipped; so is every step not begun when the signal
 * aborts or its `fail-fast` group fails, except the remaining tag moves of a group that has begun to move.
 *
 * @throws Error when steps wait for each other, after all others have ended.
 */
export function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const weights = options.weights ?? stepWeights(steps);
    const graph = createStepGraph(steps, options.groups);
    const ready = createReadySteps(stepLimits(options.limits), graph.isOver);
    const running = new Map<number, AbortController | undefined>();
    /** Builds whose run goes on: their slot of the CI is free when the wait for them ends. */
    const held = new Set<string>();
    const waits = new Set(steps.flatMap((step) => (step.kind === "await-image" ? [step.build] : [])));
    const { look, signal } = options;
    const stepAt = (place: number) => steps[place] as Step;

    const makeReady = (place: number, attempts?: number) => {
      const isLook = look !== undefined && attempts === undefined;
      const slots = slotsOf(stepAt(place), isLook ? "nothing" : "run");
      const isUrgent = graph.isMoving(place);
      ready.push({ place, slots, isUrgent, attempts: attempts ?? 0, weight: weights[place] ?? 0, isLook });
    };
    const end = (place: number, outcome: StepOutcome) => {
      for (const ended of graph.end(place, outcome)) {
        const step = stepAt(ended.place);
        if (step.kind === "await-image" && held.delete(step.build)) ready.release([ciSlot]);
        options.onOutcome(ended.outcome);
        for (const next of ended.freed) makeReady(next);
        if (ended.failedGroup === undefined) continue;
        endWaits(ended.failedGroup);
        options.onGroupFailed?.(ended.failedGroup);
      }
    };
    const endWaits = (group: string) => {
      for (const [place, controller] of running) {
        const step = stepAt(place);
        if (step.group === group && (step.kind === "await-image" || step.kind === "test")) controller?.abort();
      }
    };
    const begin = ({ place, slots, isLook }: ReadyStep) => {
      const step = stepAt(place);
      const stop = graph.stopOf(place);
      if (stop !== undefined) {
        ready.release(slots);
        return end(place, { step: step.id, state: "skipped", because: stop });
      }
      graph.begin(place);
      const isStoppable = signal !== undefined || graph.isFailFast(place);
      const controller = isStoppable ? new AbortController() : undefined;
      running.set(place, controller);
      const call = controller === undefined ? {} : { signal: controller.signal };
      const work = isLook && step.kind === "build" && look !== undefined ? look(step, call) : options.run(step, call);
      work
        .catch(
          (error: unknown): StepOutcome => ({
            step: step.id,
            state: "failed",
            code: "INTERNAL",
            message: String(error),
          }),
        )
        .then((found) => {
          running.delete(place);
          const isRunning = typeof found !== "number" && found.state === "done" && waits.has(step.id);
          const isHeld = isRunning && slots.includes(ciSlot);
          if (isHeld) held.add(step.id);
          ready.release(isHeld ? slots.filter((slot) => slot !== ciSlot) : slots);
          if (typeof found === "number") {
            graph.rest(place);
            makeReady(place, found);
          } else end(place, explain(place, found));
          pump();
        })
        .catch(reject);
    };
    /** A step that was stopped with its group says by which failure. */
    const explain = (place: number, outcome: StepOutcome): StepOutcome => {
      if (outcome.state !== "skipped" || outcome.because !== "cancelled") return outcome;
      return { ...outcome, because: graph.stopOf(place) ?? outcome.because };
    };
    const pump = () => {
      for (let entry = ready.take(); entry !== undefined; entry = ready.take()) begin(entry);
      if (running.size > 0) return;
      if (graph.left() === 0 || held.size === 0) signal?.removeEventListener("abort", cancel);
      if (graph.left() === 0) return resolve();
      if (held.size === 0) return reject(new Error(`Steps wait for each other: ${graph.waiting().join(", ")}`));
      // A wait that itself waits for a build would hold the room which that build needs.
      ready.release(Array.from(held, () => ciSlot));
      held.clear();
      pump();
    };
    const cancel = () => {
      const idle = graph.cancel();
      for (const [place, controller] of running) if (!graph.isMoving(place)) controller?.abort(signal?.reason);
      for (const place of idle) end(place, { step: stepAt(place).id, state: "skipped", because: "cancelled" });
      pump();
    };

    for (const place of graph.first) makeReady(place);
    if (signal?.aborted) return cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    pump();
  });
}
