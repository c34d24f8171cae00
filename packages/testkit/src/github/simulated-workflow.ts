import type { Instant } from "@bayplan/core";

/** How a run can end, as GitHub says it. */
export type SimulatedConclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "skipped"
  | "timed_out"
  | "action_required"
  | "stale"
  | "startup_failure";

/** Where a run can be in its life, as GitHub says it. */
export type SimulatedStatus = "queued" | "waiting" | "in_progress" | "completed";

/** One input that a workflow declares. */
export interface SimulatedInput {
  readonly required?: boolean;
  readonly default?: string;
  /** The only values allowed. Default any. */
  readonly options?: readonly string[];
}

/** What the code of a run is given. */
export interface SimulatedRunContext {
  readonly gitRepository: string;
  readonly runId: number;
  readonly ref: string;
  /** With defaults filled in. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Aborts when the run is cancelled. The run is only over when its code is. */
  readonly signal: AbortSignal;
  /** Ends the run with this conclusion, however the code ends. */
  conclude(conclusion: SimulatedConclusion): void;
}

/** A workflow file and what its runs do. */
export interface SimulatedWorkflow {
  /** Default the file's path, as on GitHub. */
  readonly name?: string;
  readonly inputs?: Readonly<Record<string, SimulatedInput>>;
  /** The `run-name`, from the inputs. Default the workflow's name. */
  readonly runName?: (inputs: Readonly<Record<string, string>>) => string;
  /** Resolving is success, throwing is failure; throwing after `signal` aborted is cancellation. */
  readonly run: (context: SimulatedRunContext) => Promise<void>;
  /** Whether it has the `workflow_dispatch` trigger. Default `true`. */
  readonly dispatchable?: boolean;
  /** How long a run is queued, on the simulator's clock. Default 0. */
  readonly startsAfterMs?: number;
  /** Whether a run waits, in the status `waiting`, until `approve` is called for it. Default `false`. */
  readonly waitsForApproval?: boolean;
}

/** A run as the simulator knows it; its members change while it lives. */
export interface SimulatedRun {
  readonly id: number;
  readonly gitRepository: string;
  /** File name of the workflow. */
  readonly workflow: string;
  readonly runNumber: number;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly displayTitle: string;
  readonly status: SimulatedStatus;
  readonly conclusion: SimulatedConclusion | null;
  readonly createdAt: Instant;
  readonly startedAt: Instant;
  readonly updatedAt: Instant;
  /** What the run's code threw, for debugging tests. */
  readonly error?: unknown;
}

/** A release of a Git repository. */
export interface SimulatedRelease {
  readonly tag: string;
  readonly createdAt: Instant;
  /** Default `createdAt`. */
  readonly publishedAt?: Instant;
  /** Default the tag. */
  readonly name?: string;
  /** Drafts are never listed. Default `false`. */
  readonly draft?: boolean;
  readonly prerelease?: boolean;
  readonly body?: string;
}

/** A Git repository on the simulated GitHub. */
export interface SimulatedGitRepository {
  /** By file name, for example `numpy.yml`. */
  readonly workflows: Readonly<Record<string, SimulatedWorkflow>>;
  /** Branches and tags; the first is the default branch. Default `["main"]`. */
  readonly refs?: readonly string[];
  readonly releases?: readonly SimulatedRelease[];
  /** Whether the token cannot see it: every request answers 404. Default `false`. */
  readonly invisible?: boolean;
}
