import type { Family } from "../definition/family.ts";
import { BayplanError } from "../errors.ts";
import { type Instant, instantToMs } from "../instant.ts";
import type { Plan } from "../plan/plan.ts";
import { planId } from "../plan/plan-id.ts";
import { refuseForeignSteps } from "../plan/refuse-foreign-steps.ts";
import { refuseUnorderedSteps } from "../plan/refuse-unordered-steps.ts";
import { refuseForeignRemovals } from "./refuse-foreign-removals.ts";

/** What a plan is held against. */
export interface RefusePlanOptions {
  readonly definition: Family;
  readonly allowDeletes?: boolean;
}

/**
 * Checks everything about a plan that can be known without asking anybody.
 *
 * @throws BayplanError `INVALID_PLAN` if it was changed or its steps cannot be ordered, `PLAN_EXPIRED`, `NOT_ALLOWED`
 * listing every step that lies outside the definition.
 */
export function refusePlan(plan: Plan, options: RefusePlanOptions, now: Instant): void {
  if (planId(plan) !== plan.id) {
    throw new BayplanError(
      "INVALID_PLAN",
      "The plan was changed after it was made: its id is not the digest of what it says. Plan again.",
    );
  }
  if (instantToMs(now) > instantToMs(plan.expiresAt)) {
    throw new BayplanError(
      "PLAN_EXPIRED",
      `The plan was valid until ${plan.expiresAt}, it is ${now} now. Observe and plan again.`,
    );
  }
  refuseUnorderedSteps(plan);
  refuseForeignSteps(plan, options.definition);
  refuseForeignRemovals(plan, options);
}
