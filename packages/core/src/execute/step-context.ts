import type { Family } from "../definition/family.ts";
import type { Step } from "../plan/plan.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { Run } from "../ports/ci.ts";
import type { ExecutePorts } from "../ports/ports.ts";
import type { ProgressEvent } from "./execution.ts";
import type { RemovalQueue } from "./removal-queue.ts";

/** What an execution is run with. */
export interface ExecutionContext extends CallOptions {
  readonly ports: ExecutePorts;
  readonly definition: Family;
  readonly settleMs: number;
  readonly retryAfterFailure: "back-off" | "now";
  /** From 0 to below 1: spreads what would otherwise be asked at the same moments. */
  readonly random: () => number;
  readonly progress: (event: ProgressEvent) => void;
  /** A run goes on elsewhere for this step, until the step, or the wait for it, has ended. */
  readonly startedRun: (step: Step, run: Run) => void;
  /** When builds were looked at last, in milliseconds since 1970. */
  readonly looks: Map<string, number>;
}

/** What a step is run with. */
export interface StepContext extends ExecutionContext {
  /** What is to be removed waits here for its turn. */
  readonly removals: RemovalQueue;
}
