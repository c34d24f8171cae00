import type { ChangedPaths } from "./changed-paths.ts";

/** What happened, as far as is known. What is missing is unknown, not absent. */
export interface TriggerEvent {
  /** For example `push`, `pull_request`, `schedule`, `workflow_dispatch`, `repository_dispatch`, `delete`. */
  readonly name: string;
  /** The kind of activity, or the event type of a `repository_dispatch`. */
  readonly type?: string;
  /** In full, for example `refs/heads/main` or `refs/tags/1.2.0`. */
  readonly ref?: string;
  /** Short name of the branch a pull request goes to: the one that its branch filters are about. */
  readonly baseRef?: string;
  /** Short name of the default branch. */
  readonly defaultBranch?: string;
  /** `owner/name` of the Git repository the run belongs to. */
  readonly repository?: string;
  /** Whether the change comes from another Git repository. A pull request that does not say so counts as from a fork. */
  readonly isFork?: boolean;
  /** Cron text of the schedule that fired. */
  readonly schedule?: string;
  /** Inputs of a manual run. */
  readonly inputs?: Readonly<Record<string, string | number | boolean>>;
  /** The files that changed. */
  readonly changes?: ChangedPaths;
  /** What the caller found out, for example `{ prerelease: false }`. Leave out what could not be found out. */
  readonly facts?: Readonly<Record<string, boolean>>;
}
