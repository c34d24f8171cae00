import type { BuildStep, Step, TestStep } from "../plan/plan.ts";

/**
 * How long a build takes from its dispatch to its image, or a test, in milliseconds: from earlier runs, or an estimate.
 * A record is by image and is asked for builds only. `undefined`, or no entry: not known.
 */
export type StepDurations = Readonly<Record<string, number>> | ((step: BuildStep | TestStep) => number | undefined);

/**
 * For each step, in the order of the steps, the length of the longest path that begins with it: what is longest must
 * begin first. A build whose duration is not known counts like the mean of those that are, or as one where none is; every
 * other step counts nothing.
 */
export function stepWeights(steps: readonly Step[], durations?: StepDurations): Float64Array {
  const known = steps.map((step) => durationOf(step, durations));
  const some = known.filter((duration) => duration !== undefined);
  const typical = some.length === 0 ? 1 : some.reduce((sum, duration) => sum + duration, 0) / some.length;
  const places = new Map(steps.map((step, place) => [step.id, place]));
  const weights = new Float64Array(steps.length);
  // Every step comes after what it needs, so that from the end each one's followers are known.
  for (let place = steps.length - 1; place >= 0; place -= 1) {
    const step = steps[place] as Step;
    weights[place] = (weights[place] ?? 0) + (known[place] ?? (step.kind === "build" ? typical : 0));
    for (const id of step.dependsOn) {
      const needed = places.get(id);
      if (needed !== undefined) weights[needed] = Math.max(weights[needed] ?? 0, weights[place] ?? 0);
    }
  }
  return weights;
}

function durationOf(step: Step, durations: StepDurations | undefined): number | undefined {
  if (durations === undefined || (step.kind !== "build" && step.kind !== "test")) return undefined;
  const duration = typeof durations === "function" ? asked(durations, step) : recorded(step, durations);
  return duration !== undefined && Number.isFinite(duration) && duration >= 0 ? duration : undefined;
}

function asked(durations: Extract<StepDurations, (...step: never) => unknown>, step: BuildStep | TestStep) {
  try {
    return durations(step);
  } catch {
    // An estimate that is not to be had must not stop a release.
    return undefined;
  }
}

function recorded(step: BuildStep | TestStep, durations: Readonly<Record<string, number>>): number | undefined {
  return step.kind === "build" && Object.hasOwn(durations, step.image) ? durations[step.image] : undefined;
}
