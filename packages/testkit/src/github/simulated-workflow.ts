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

/**
 * Where a run or a job can be in its life, as GitHub says it: `pending` waits for its concurrency group, `waiting` for
 * the approval of a deployment.
 */
export type SimulatedStatus = "queued" | "pending" | "waiting" | "in_progress" | "completed";

/** One input that a workflow declares. */
export interface SimulatedInput {
  readonly required?: boolean;
  readonly default?: string;
  /** The only values allowed. Default any. */
  readonly options?: readonly string[];
}

/** What started a run: its inputs, or the payload of a `repository_dispatch`. */
export interface SimulatedTrigger {
  /** For example `workflow_dispatch`. */
  readonly event: string;
  readonly ref: string;
  /** With defaults filled in. Empty for other events than `workflow_dispatch`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Of a `repository_dispatch`; otherwise empty. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the code of a job is given. */
export interface SimulatedRunContext extends SimulatedTrigger {
  readonly gitRepository: string;
  readonly runId: number;
  /** 1 for the first attempt, one more for each re-run. */
  readonly runAttempt: number;
  /** Name of the job. */
  readonly job: string;
  /** Aborts when the run is cancelled. The run is only over when its code is. */
  readonly signal: AbortSignal;
  /** Ends the job with this conclusion, however the code ends. A run of one job ends as its job does. */
  conclude(conclusion: SimulatedConclusion): void;
}

/** One job of a workflow. */
export interface SimulatedJob {
  /** Jobs that must succeed before; otherwise this one is skipped. */
  readonly needs?: readonly string[];
  /** An environment whose deployments a person must approve: the job waits for that. */
  readonly environment?: string;
  /** Resolving is success, throwing is failure; throwing after `signal` aborted is cancellation. */
  readonly run: (context: SimulatedRunContext) => Promise<void>;
}

/** A workflow's `concurrency`. Names are one for the whole Git repository and ignore case. */
export interface SimulatedConcurrency {
  readonly group: string;
  /** Whether a new run cancels the one that holds the group. Default `false`. */
  readonly cancelInProgress?: boolean;
  /** `single`: a new run replaces the one that waits. `max`: up to 100 wait. Default `single`. */
  readonly queue?: "single" | "max";
}

/** A workflow file and what its runs do. */
export interface SimulatedWorkflow {
  /** Default the file's path, as on GitHub. */
  readonly name?: string;
  readonly inputs?: Readonly<Record<string, SimulatedInput>>;
  /**
   * The `run-name`, from the inputs, or from what else started the run. Default the workflow's name; for a
   * `repository_dispatch` the event's type, as on GitHub.
   */
  readonly runName?: (inputs: Readonly<Record<string, string>>, trigger: SimulatedTrigger) => string;
  /**
   * The code of the one job, `build`, of a workflow without `jobs`. Resolving is success, throwing is failure; throwing
   * after `signal` aborted is cancellation. Default does nothing.
   */
  readonly run?: (context: SimulatedRunContext) => Promise<void>;
  /** By name; replaces `run`. */
  readonly jobs?: Readonly<Record<string, SimulatedJob>>;
  readonly concurrency?: (trigger: SimulatedTrigger) => SimulatedConcurrency;
  /** Whether it has the `workflow_dispatch` trigger. Default `true`. */
  readonly dispatchable?: boolean;
  /** Whether it has the `repository_dispatch` trigger, and for which types only. Default `false`. */
  readonly repositoryDispatch?: boolean | readonly string[];
  /** What GitHub says about the file when it cannot read it. Default it can. */
  readonly parseError?: string;
  /** Whether a person disabled it. Default `false`; a request may enable and disable it. */
  readonly disabled?: boolean;
  /** How long a run is queued, on the simulator's clock. Default 0. */
  readonly startsAfterMs?: number;
  /** Whether jobs without an environment wait as those of `production` do, until they are approved. Default `false`. */
  readonly waitsForApproval?: boolean;
}

/** One job of one attempt of a run; its members change while it lives. */
export interface SimulatedJobRun {
  readonly id: number;
  readonly name: string;
  /** The attempt in which it ran: a re-run of what failed keeps the jobs that succeeded. */
  readonly runAttempt: number;
  readonly status: SimulatedStatus;
  readonly conclusion: SimulatedConclusion | null;
  readonly createdAt: Instant;
  readonly startedAt: Instant;
  readonly completedAt: Instant | null;
}

/** A run as the simulator knows it; its members change while it lives. */
export interface SimulatedRun {
  readonly id: number;
  readonly gitRepository: string;
  /** File name of the workflow. */
  readonly workflow: string;
  readonly runNumber: number;
  readonly event: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Of a `repository_dispatch`; otherwise empty. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly displayTitle: string;
  /** 1 for the first attempt, one more for each re-run. */
  readonly runAttempt: number;
  /** Of the present attempt. */
  readonly jobs: readonly SimulatedJobRun[];
  readonly status: SimulatedStatus;
  readonly conclusion: SimulatedConclusion | null;
  readonly createdAt: Instant;
  /** When the present attempt was asked for. */
  readonly attemptedAt: Instant;
  /** When its code began. */
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
  /** Whether its organisation wants the token authorised for single sign-on: every request answers 403. Default `false`. */
  readonly requiresSso?: boolean;
}
