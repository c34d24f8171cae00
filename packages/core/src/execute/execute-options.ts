import type { Family } from "../definition/family.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { DriftPolicy } from "./drift.ts";
import type { ProgressEvent } from "./execution.ts";
import type { StepLimits } from "./step-limits.ts";
import type { StepDurations } from "./step-weights.ts";

/** How a plan is executed. */
export interface ExecuteOptions extends CallOptions {
  /** The definition the plan was made from: nothing outside it is touched. */
  readonly definition: Family;
  /**
   * Whether the plan may take tags away and delete manifests. Default false: a plan that does is refused as a whole, with
   * `NOT_ALLOWED`.
   */
  readonly allowDeletes?: boolean;
  /**
   * How much is done at once: steps per registry host (a number alone means these), and runs in the CI. Waits for builds
   * take no room of a registry. Default 16 and 20.
   */
  readonly concurrency?: number | StepLimits;
  /** How long builds take, so that the longest chain of them begins first. Default: by the number of builds in a chain. */
  readonly durations?: StepDurations;
  /** What is done if the world is no longer as the plan saw it. Default `abort`. */
  readonly onDrift?: DriftPolicy;
  /**
   * A build whose runs have failed: `back-off` starts the second attempt at once and every further one after 1, 2, 4, 8,
   * 16 and then 32 hours, counted from the end of the last run; `now` does not ask how it did before. Default `back-off`.
   */
  readonly retryAfterFailure?: "back-off" | "now";
  /** Called between outcomes. What it throws is ignored. */
  readonly onProgress?: (event: ProgressEvent) => void;
  /** How long a registry may take to show what was pushed, in milliseconds. Default 60 000. */
  readonly settleMs?: number;
  /** From 0 to below 1: spreads pauses between looks. Default: the same numbers for the same plan. */
  readonly random?: () => number;
}
