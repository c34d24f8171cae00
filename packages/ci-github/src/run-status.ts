import type { RunStatus } from "@bayplan/core";

/**
 * What GitHub's `status` and `conclusion` mean.
 *
 * `waiting` is a run held for the approval of a deployment. Of the conclusions only `success` is one: a run that was
 * skipped, neutral, stale, never started or left for a person to act on (`action_required`) ended without a build, so
 * it is a failure, as is a conclusion that is not known here. A status that is not known here counts as in flight,
 * so that nothing is started twice because of a new word.
 *
 * @see https://docs.github.com/en/rest/actions/workflow-runs
 */
export function toRunStatus(run: { readonly status: string | null; readonly conclusion: string | null }): RunStatus {
  switch (run.status) {
    case "completed":
      return { state: "completed", conclusion: toConclusion(run.conclusion) };
    case "in_progress":
      return { state: "running" };
    case "waiting":
      return { state: "waiting-for-approval" };
    default:
      return { state: "queued" };
  }
}

function toConclusion(conclusion: string | null): "success" | "failure" | "cancelled" | "timed-out" {
  switch (conclusion) {
    case "success":
    case "cancelled":
      return conclusion;
    case "timed_out":
      return "timed-out";
    default:
      return "failure";
  }
}

/** Whether two statuses say the same. */
export function isSameStatus(left: RunStatus, right: RunStatus): boolean {
  if (left.state === "completed" && right.state === "completed") return left.conclusion === right.conclusion;
  return left.state === right.state;
}
