import type { RunStatus } from "../ports/ci.ts";
import type { StepOutcome } from "./outcome.ts";

/** A plan being carried out. It runs by itself: iterate to watch, await `result` for the end. Only `signal` stops it. */
export interface Execution extends AsyncIterable<StepOutcome> {
  /** Never rejects: what went wrong is in the outcomes. */
  readonly result: Promise<ExecutionResult>;
}

/** How an execution ended. Every step of the plan has an outcome, in the order in which they ended. */
export interface ExecutionResult {
  /** `complete`: every step is done; `partial`: some failed or were skipped; `cancelled`: the signal stopped it. */
  readonly state: "complete" | "partial" | "cancelled";
  readonly outcomes: readonly StepOutcome[];
}

/** What happens between outcomes, for live displays. */
export type ProgressEvent =
  | { readonly step: string; readonly state: "started" }
  | { readonly step: string; readonly state: "waiting"; readonly status: RunStatus; readonly url: string };
