import { instantToMs } from "@bayplan/core";
import { gitHubJson, gitHubRefusal } from "./github-answer.ts";
import { findRun, findWorkflow, type GitHubCall, runsOf, workflowName } from "./github-call.ts";
import { cutPage } from "./page.ts";
import { jobDocument, runDocument } from "./run-document.ts";
import { filterRuns } from "./run-filter.ts";
import type { RerunScope } from "./run-store.ts";
import type { SimulatedJobRun, SimulatedRun } from "./simulated-workflow.ts";

// A filtered listing ends here, whatever `total_count` says.
const maxFiltered = 1000;
const filters = ["actor", "branch", "check_suite_id", "created", "event", "head_sha", "status"];
// https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
const rerunWithinMs = 30 * 24 * 60 * 60 * 1000;
const maxReruns = 50;

/** GET of the runs of a workflow, or of the Git repository. */
export function listRuns(call: GitHubCall, fileOrId?: string): Response {
  const file = fileOrId === undefined ? undefined : findWorkflow(call, fileOrId)[0];
  const isAsked = (run: SimulatedRun): boolean => (file === undefined || run.workflow === file) && call.isListed(run);
  const found = filterRuns(runsOf(call).filter(isAsked), call.url.searchParams);
  const isFiltered = filters.some((name) => call.url.searchParams.has(name));
  const page = cutPage(isFiltered ? found.slice(0, maxFiltered) : found, call.url);
  const workflow_runs = page.items.map((run) => runDocument(run, workflowName(call, run), call.at));
  return gitHubJson(200, { total_count: found.length, workflow_runs }, page.headers);
}

/** GET of one run. */
export function getRun(call: GitHubCall, id: string): Response {
  const run = findRun(call, id);
  return gitHubJson(200, runDocument(run, workflowName(call, run), call.at));
}

/** GET of a run as it was in one of its attempts. */
export function getAttempt(call: GitHubCall, id: string, number: string): Response {
  const run = findAttempt(call, id, number);
  return gitHubJson(200, runDocument(run, workflowName(call, run), call.at));
}

/** DELETE of a run that is over. */
export function deleteRun(call: GitHubCall, id: string): Response {
  const run = findRun(call, id);
  if (run.status !== "completed") throw gitHubRefusal(403, "Cannot delete a workflow run that is not completed.");
  call.store.remove(run.id);
  return new Response(null, { status: 204 });
}

/** GET of the jobs of a run: of its last attempt, or with `filter=all` of all. */
export function listJobs(call: GitHubCall, id: string): Response {
  const run = findRun(call, id);
  const attempts = call.url.searchParams.get("filter") === "all" ? call.store.attempts(run.id) : [run];
  const jobs = new Map(attempts.flatMap((one) => one.jobs.map((job) => [job.id, job] as const)));
  return answerJobs(call, run, [...jobs.values()]);
}

/** GET of the jobs of one attempt. */
export function listAttemptJobs(call: GitHubCall, id: string, number: string): Response {
  const run = findAttempt(call, id, number);
  return answerJobs(call, run, run.jobs);
}

/** POST of a cancellation; it is only asked for, and the run ends when its code does, unless forced. */
export function cancelRun(call: GitHubCall, id: string, options: { readonly force: boolean }): Response {
  if (call.store.cancel(findRun(call, id).id, options)) return gitHubJson(202, {});
  throw gitHubRefusal(409, "Cannot cancel a workflow run that is completed.");
}

/**
 * POST of a re-run: the next attempt. 403 for a run that is not over, that has nothing to repeat, or that is too old.
 *
 * @see https://github.com/cli/cli/issues/9221
 */
export function rerunRun(call: GitHubCall, id: string, scope: RerunScope): Response {
  const run = findRun(call, id);
  if (run.status !== "completed") throw gitHubRefusal(403, "This workflow is already running");
  if (instantToMs(call.clock.now()) - instantToMs(run.createdAt) > rerunWithinMs) {
    throw gitHubRefusal(403, "Unable to retry this workflow run because it was created over a month ago");
  }
  if (run.runAttempt > maxReruns || !call.store.rerun(run.id, scope)) {
    throw gitHubRefusal(403, "This workflow run cannot be retried");
  }
  return gitHubJson(201, {});
}

/** POST of a re-run of one job, and of those that need it. */
export function rerunJob(call: GitHubCall, jobId: string): Response {
  const run = runsOf(call).find(({ jobs }) => jobs.some(({ id }) => String(id) === jobId));
  if (run === undefined) throw gitHubRefusal(404, "Not Found");
  return rerunRun(call, String(run.id), { jobId: Number(jobId) });
}

function answerJobs(call: GitHubCall, run: SimulatedRun, all: readonly SimulatedJobRun[]): Response {
  const page = cutPage(all, call.url);
  const jobs = page.items.map((job) => jobDocument(run, job, { workflowName: workflowName(call, run), at: call.at }));
  return gitHubJson(200, { total_count: all.length, jobs }, page.headers);
}

function findAttempt(call: GitHubCall, id: string, number: string): SimulatedRun {
  const found = call.store.attempts(findRun(call, id).id).find(({ runAttempt }) => String(runAttempt) === number);
  if (found === undefined) throw gitHubRefusal(404, "Not Found");
  return found;
}
