import { BayplanError, type CallOptions, isBayplanError, type Run } from "@bayplan/core";
import type { CiContext } from "./ci-context.ts";
import { lookUntil } from "./look-until.ts";
import { readRun, runPath } from "./read-run.ts";

/**
 * Runs the failed jobs of a completed run again, and what needs them; the results of the others are kept. Gives back
 * the number of the run's attempt that begins with this (GitHub's `run_attempt`, not the attempt of the key).
 *
 * A re-run is sent once. When its answer is lost, the run is read until it shows a new attempt, which is taken for this
 * one, or `findWithinMs` is over: then the error is that of the re-run if nothing began, and `UNAVAILABLE` with it as
 * its cause if nobody can say.
 */
export async function rerunFailedJobs(context: CiContext, run: Run, options: CallOptions): Promise<number> {
  const before = (await readRun(context.client, run, options)).run?.run_attempt;
  const next = (before ?? 1) + 1;
  try {
    await send(context, run, options);
  } catch (error) {
    // Neither a lost connection nor a 5xx says that nothing began.
    if (!isBayplanError(error) || error.code !== "UNAVAILABLE") throw error;
    const outcome = await lookForAttempt(context, { run, before }, options);
    if (outcome === "nothing-began") throw error;
    if (outcome === "unknown") throw lostRerun(run, error);
  }
  return next;
}

async function send({ client }: CiContext, run: Run, options: CallOptions): Promise<void> {
  await client.call(
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
}

type RerunOutcome = "began" | "nothing-began" | "unknown";

async function lookForAttempt(
  context: CiContext,
  { run, before }: { readonly run: Run; readonly before: number | undefined },
  options: CallOptions,
): Promise<RerunOutcome> {
  let seen: RerunOutcome = "unknown";
  const look = async (): Promise<RerunOutcome | undefined> => {
    try {
      const { run: now } = await readRun(context.client, run, options);
      if (before === undefined || now?.run_attempt === undefined) return "unknown";
      if (now.run_attempt > before) return "began";
      // In flight with the old number: GitHub may be about to count it.
      seen = now.status === "completed" ? "nothing-began" : "unknown";
      return undefined;
    } catch (error) {
      if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
      seen = "unknown";
      // What broke the re-run off may last longer than one look; a refusal would be the same the next time.
      return error.code === "UNAVAILABLE" ? undefined : seen;
    }
  };
  return (await lookUntil(context, look, options)) ?? seen;
}

function lostRerun({ id, gitRepository }: Run, cause: BayplanError): BayplanError {
  return new BayplanError(
    "UNAVAILABLE",
    `GitHub's answer to the re-run of run ${id} of ${gitRepository} was lost, and whether a new attempt began could not ` +
      "be seen. It was not sent again. Look at the run, and run it again only if it shows no new attempt.",
    { cause, ...(cause.status === undefined ? {} : { status: cause.status }) },
  );
}
