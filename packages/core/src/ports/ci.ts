import type { Instant } from "../instant.ts";
import type { CallOptions } from "./call-options.ts";

/** Asks for one run of one workflow. */
export interface DispatchRequest {
  /** `owner/name` of the Git repository whose workflow runs. Default: the adapter's own. */
  readonly gitRepository?: string;
  /** File name of the workflow, for example `numpy.yml`. */
  readonly workflow: string;
  /** A Git ref. */
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Appears in the run's name; the same key never runs twice at once. */
  readonly key: string;
  /** 1 for the first run with this key. */
  readonly attempt: number;
}

/** Where to look for runs, and by which key. */
export interface RunQuery {
  /** `owner/name`. Default: the adapter's own. */
  readonly gitRepository?: string;
  readonly workflow: string;
  readonly key: string;
}

/** One run of a workflow. */
export interface Run {
  readonly id: string;
  /** `owner/name` of the Git repository it runs in. */
  readonly gitRepository: string;
  /** For people. */
  readonly url: string;
  readonly attempt: number;
}

/** Where a run is in its life. */
export type RunStatus =
  | { readonly state: "queued" | "running" | "waiting-for-approval" }
  | { readonly state: "completed"; readonly conclusion: "success" | "failure" | "cancelled" | "timed-out" };

/** A run and the status it was seen in. */
export interface ObservedRun {
  readonly run: Run;
  readonly status: RunStatus;
  /** When it completed. Absent while it has not, and where the CI does not tell. */
  readonly endedAt?: Instant;
}

/**
 * Starts and follows builds. All methods throw BayplanError `UNAUTHORIZED`, `DENIED`, `NOT_FOUND`, `INVALID_INPUT`,
 * `RATE_LIMITED`, `UNAVAILABLE`, `RESPONSE_INVALID` or `CANCELLED`.
 */
export interface CiAdapter {
  /** Names the adapter in reports, for example `github`. */
  readonly id: string;
  /** Starts a workflow and returns its run, adopting one already in flight with this key. */
  dispatch(request: DispatchRequest, options?: CallOptions): Promise<Run>;
  /** Runs carrying the key, newest attempt first. */
  findRuns(query: RunQuery, options?: CallOptions): AsyncIterable<ObservedRun>;
  /** Yields each status change until the run completes or `signal` aborts. */
  watch(run: Run, options?: CallOptions): AsyncIterable<RunStatus>;
  /**
   * Asks for the run to stop; returns when that was accepted or the run had already ended. Throws `NOT_ALLOWED` for a run
   * that this adapter did not start: somebody else waits for it.
   */
  cancel(run: Run, options?: CallOptions): Promise<void>;
}
