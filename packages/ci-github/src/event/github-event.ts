/** What started a run, by the event's name; texts are as GitHub sent them, so never put them into a command. */
export type GitHubEvent =
  | {
      readonly name: "push";
      /** In full. */
      readonly ref: string;
      /** The commit before, absent for a new ref. */
      readonly before?: string;
      /** The commit now, absent for a deleted ref. */
      readonly after?: string;
      readonly isForced: boolean;
    }
  | {
      readonly name: "pull_request" | "pull_request_target";
      readonly action: string;
      readonly number: number;
      /** Short name of the branch it goes to. */
      readonly baseRef: string;
      /** Short name of the branch it comes from. */
      readonly headRef: string;
      readonly headSha: string;
      /** `owner/name`, absent when the fork was deleted. */
      readonly headRepository?: string;
      readonly isFork: boolean;
      readonly isDraft: boolean;
    }
  | { readonly name: "schedule"; readonly schedule: string }
  | { readonly name: "workflow_dispatch"; readonly inputs: Readonly<Record<string, string | number | boolean>> }
  | {
      readonly name: "repository_dispatch";
      /** The event type that was sent. */
      readonly type: string;
      readonly payload: Readonly<Record<string, unknown>>;
    }
  | {
      readonly name: "release";
      readonly action: string;
      readonly tag: string;
      readonly isPrerelease: boolean;
      readonly isDraft: boolean;
    }
  | {
      readonly name: "create" | "delete";
      readonly refType: "branch" | "tag";
      /** In full. */
      readonly ref: string;
    }
  | {
      readonly name: "workflow_run";
      readonly action: string;
      /** Name of the workflow that ran. */
      readonly workflow: string;
      readonly runId: string;
      readonly conclusion?: string;
      /** What had started that run, for example `pull_request`. */
      readonly event: string;
      readonly headBranch?: string;
      readonly headSha: string;
      /** Whether that run was about a commit of another Git repository: nothing it left behind can be trusted. */
      readonly isFork: boolean;
    }
  | {
      readonly name: "merge_group";
      readonly action: string;
      readonly baseRef: string;
      readonly headRef: string;
      readonly headSha: string;
    }
  | { readonly name: "other"; readonly event: string };
