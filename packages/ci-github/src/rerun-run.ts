import type { CallOptions, Run } from "@bayplan/core";
import type { CiContext } from "./ci-context.ts";
import { readRun, runPath } from "./read-run.ts";

/**
 * Runs the failed jobs of a completed run again, and what needs them; the results of the others are kept. Gives back
 * the number of the run's attempt that begins with this (GitHub's `run_attempt`, not the attempt of the key).
 */
export async function rerunFailedJobs(context: CiContext, run: Run, options: CallOptions): Promise<number> {
  const before = await readRun(context.client, run, options);
  await context.client.call(
    {
      route: "POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs",
      parameters: runPath(run),
      doing: {
        what: `Running the failed jobs of run ${run.id} of ${run.gitRepository} again`,
        permission: "actions: write",
      },
    },
    options,
  );
  return (before.run?.run_attempt ?? 1) + 1;
}
