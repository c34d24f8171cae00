import type { Plan } from "../plan/plan.ts";
import type { RunStatus } from "../ports/ci.ts";
import type { Drift } from "./drift.ts";
import type { StepOutcome } from "./outcome.ts";

/** A plan being carried out. It runs by itself: iterate to watch, await `result` for the end. Only `signal` stops it. */
export interface Execution extends AsyncIterable<StepOutcome> {
  /** Never rejects: what went wrong is in the outcomes. */
  readonly result: Promise<ExecutionResult>;
}

/** How an execution ended. Every step of the plan has an outcome, in the order in which they ended. */
export interface ExecutionResult {
  /**
   * `complete`: every step is done, or something forbade a removal; `partial`: some failed or were skipped; `cancelled`:
   * the signal stopped it; `stale`: the world is no longer as the plan saw it, and nothing was done.
   */
  readonly state: "complete" | "partial" | "cancelled" | "stale";
  readonly outcomes: readonly StepOutcome[];
  /** What had changed since the plan was made, also where another plan was carried out because of it. */
  readonly drift?: readonly Drift[];
  /** The plan that was carried out instead, where `onDrift` made one: the outcomes are those of its steps. */
  readonly replanned?: Plan;
  /** Why no other plan was made, where `onDrift` should have made one: a code and a sentence. */
  readonly replanError?: { readonly code: string; readonly message: string };
  /** The code of the first failure of the journal: something of what was done may not be in it. */
  readonly journalError?: string;
}

/** What happens between outcomes, for live displays. */
export type ProgressEvent =
  | { readonly step: string; readonly state: "started" }
  | { readonly step: string; readonly state: "waiting"; readonly status: RunStatus; readonly url: string };
