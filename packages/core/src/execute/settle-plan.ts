import { isBayplanError } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { Drift, DriftPolicy } from "./drift.ts";
import { findDrift } from "./find-drift.ts";
import { type Unanswered, unanswered } from "./resolve-references.ts";
import type { ExecutionContext } from "./step-context.ts";

/** What is carried out, and what is known of it. */
export interface SettledPlan {
  readonly plan: Plan;
  /** The world is not as the plan saw it: nothing may be done. */
  readonly isStale: boolean;
  /** What had changed since the first plan was made. */
  readonly drift: readonly Drift[];
  /** Steps that cannot begin, because what they rest on could not be looked at. */
  readonly unknown: ReadonlyMap<string, Unanswered>;
  readonly replanError?: Unanswered;
}

/** How it is decided. */
export interface SettlePlanOptions {
  readonly onDrift: DriftPolicy;
  /** Throws for a plan that must not be carried out. */
  readonly refuse: (plan: Plan) => void;
}

const mostReplans = 3;

/** Checks whether the world is still as the plan saw it and, if that is wished, puts another plan in its place. */
export async function settlePlan(
  plan: Plan,
  context: ExecutionContext,
  options: SettlePlanOptions,
): Promise<SettledPlan> {
  const { onDrift, refuse } = options;
  const nothing: ReadonlyMap<string, Unanswered> = new Map();
  let current = plan;
  let first: readonly Drift[] = [];
  for (let replans = 0; ; replans += 1) {
    try {
      const { drift, unknown } = await findDrift(current, context, { isPinned: onDrift === "pinned" });
      if (replans === 0) first = drift;
      if (drift.length === 0) return { plan: current, isStale: false, drift: first, unknown };
    } catch (error) {
      // Whoever stops the execution now is told so by every step.
      if (isBayplanError(error) && error.code === "CANCELLED" && context.signal?.aborted)
        return { plan: current, isStale: false, drift: first, unknown: nothing };
      // A bug must not begin anything, nor leave whoever waits for the end without one.
      return { plan: current, isStale: true, drift: first, unknown: nothing, replanError: unanswered(error) };
    }
    const stale: SettledPlan = { plan: current, isStale: true, drift: first, unknown: nothing };
    if (typeof onDrift === "string" || replans === mostReplans) return stale;
    try {
      const next = await onDrift.replan();
      refuse(next);
      current = next;
    } catch (error) {
      return { ...stale, replanError: unanswered(error) };
    }
  }
}
