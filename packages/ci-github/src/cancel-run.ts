import { type CallOptions, isBayplanError, type Run } from "@bayplan/core";
import type { CiContext } from "./ci-context.ts";
import { runPath } from "./read-run.ts";

/** Asks GitHub to cancel a run. A 409 says that there is nothing left to cancel, which is what was wanted. */
export async function cancelRun(context: CiContext, run: Run, options: CallOptions): Promise<void> {
  try {
    await context.client.call(
      {
        route: "POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel",
        parameters: runPath(run),
        doing: { what: `Cancelling run ${run.id} of ${run.gitRepository}`, permission: "actions: write" },
      },
      options,
    );
  } catch (error) {
    if (!isBayplanError(error) || error.code !== "CONFLICT") throw error;
  }
}
