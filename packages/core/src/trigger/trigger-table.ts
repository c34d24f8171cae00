import type { CacheMode } from "./cache-mode.ts";
import type { WorkflowFilter } from "./workflow-filter.ts";

/** Whether a fact holds, as far as the caller knows. */
export type FactState = "yes" | "no" | "unknown";

/** When a row applies: everything that is said must hold. What is not known does not hold, unless the row says so. */
export interface TriggerCondition extends WorkflowFilter {
  /** Names of events, for example `push` and `schedule`. Default: every event. */
  readonly events?: readonly string[];
  /** Kinds of activity, or event types of a `repository_dispatch`. */
  readonly types?: readonly string[];
  /** `owner/name` of the Git repository the run belongs to: elsewhere, as in a fork, the row does nothing. */
  readonly repositories?: readonly string[];
  /** What the ref names. */
  readonly refKind?: "branch" | "tag";
  /** Whether the branch is the default one. */
  readonly defaultBranch?: boolean;
  /** Whether the change comes from another Git repository. */
  readonly fork?: boolean;
  /** Cron texts of the schedule that fired. */
  readonly schedules?: readonly string[];
  /** Inputs by name: one of these texts. A missing input is the empty text. */
  readonly inputs?: Readonly<Record<string, string | boolean | readonly (string | boolean)[]>>;
  /** Facts the caller found out, for example `prerelease`: one of these states. A fact nobody gave is `unknown`. */
  readonly facts?: Readonly<Record<string, FactState | readonly FactState[]>>;
}

/** What a row decides. What it leaves out, a later row may decide. */
export interface TriggerSettings {
  readonly build?: boolean;
  readonly test?: boolean;
  /** Whether the result goes to the registry. */
  readonly push?: boolean;
  /** Names of the tag rules that apply. */
  readonly tags?: readonly string[];
  /** Whether `latest` may move. Whether it does is for its guard to say. */
  readonly latest?: boolean;
  /** For the build that is tested. */
  readonly cache?: CacheMode;
  /** For the build that is pushed, where that is another one. Default as `cache`. */
  readonly pushCache?: CacheMode;
  /** Names of the clean-up rules that run. */
  readonly cleanup?: readonly string[];
  /** What else a pipeline needs to know, for example which matrix. */
  readonly values?: Readonly<Record<string, string>>;
}

/** One row: under which circumstances what is decided. */
export interface TriggerRow {
  /** Stands in every decision the row takes. */
  readonly name: string;
  /** Default: always. */
  readonly when?: TriggerCondition;
  readonly set: TriggerSettings;
}

/** What happens on which event. For each decision the first row that applies and takes it counts; else it is a no. */
export interface TriggerTable {
  readonly rows: readonly TriggerRow[];
}
