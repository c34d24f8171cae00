import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { Expected } from "./registry.ts";

interface EntryHead {
  readonly formatVersion: 1;
  /** The plan that is executed. */
  readonly plan: Digest;
  /** Tells executions of one plan apart: the time at which it began, and who writes. */
  readonly execution: string;
  /** 1 for the first entry of an execution; a gap is an entry that was lost. */
  readonly seq: number;
  readonly at: Instant;
}

/** The step that an entry is about. */
export interface JournalStep {
  readonly step: string;
  /** `image@version`. */
  readonly node: string;
  readonly group: string;
  /** Kind of the step, for example `tag`. */
  readonly action: string;
  /** What is changed, or where: for example `registry/repository:tag`. */
  readonly where?: string;
  /** What a tag shows before: when it begins what the plan expects, when it has ended what was found. */
  readonly from?: Expected;
  /** The image: of a tag what it shows in the end. Absent where it is not known yet. */
  readonly to?: Digest;
}

/** How a step ended, as the journal has it. */
export interface JournalResult {
  readonly result: "done" | "already-done" | "failed" | "refused" | "skipped";
  /** The code of a failure, the reason of a refusal, the step or the word because of which it was skipped. */
  readonly code?: string;
  /** Of a failure or a refusal. */
  readonly message?: string;
  /** Where people see the run. */
  readonly run?: string;
}

/** One transition of an execution: it began, a step began or ended, it was told to stop, it is over. Plain JSON. */
export type JournalEntry = EntryHead &
  (
    | { readonly event: "begun"; readonly family: string; readonly steps: number; readonly rollsBack?: Digest }
    | ({ readonly event: "step-begun" } & JournalStep)
    | ({ readonly event: "step-ended" } & JournalStep & JournalResult)
    | { readonly event: "cancelled" }
    | { readonly event: "over"; readonly state: string }
  );

/**
 * Where executions note what they do, for people and audits. Nothing is ever decided by it: the registry is the state.
 */
export interface Journal {
  /** Tells this process from others that write to the same place; becomes part of what executions are called. */
  readonly writer?: string;
  /** Keeps an entry. Called with one after the other, each when the one before is kept or has failed. */
  append(entry: JournalEntry): Promise<void>;
}
