import { type Clock, instantToMs } from "@bayplan/core";
import { checkDispatch } from "./dispatch-checks.ts";
import { gitHubJson, gitHubRefusal } from "./github-answer.ts";
import { cutPage } from "./page.ts";
import { releaseDocuments } from "./release-document.ts";
import type { GitHubAddresses } from "./repository-document.ts";
import { jobDocument, runDocument, workflowId } from "./run-document.ts";
import { filterRuns } from "./run-filter.ts";
import type { RunStore } from "./run-store.ts";
import type { SimulatedGitRepository, SimulatedRun, SimulatedWorkflow } from "./simulated-workflow.ts";

/** One request to a repository that the token can see. */
export interface GitHubCall {
  readonly request: Request;
  readonly url: URL;
  readonly at: GitHubAddresses;
  readonly fullName: string;
  readonly gitRepository: SimulatedGitRepository;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly apiVersion: string;
  readonly isEnterprise: boolean;
  readonly runsVisibleAfterMs: number;
}

// A filtered listing ends here, whatever `total_count` says.
const maxFiltered = 1000;
const filters = ["actor", "branch", "check_suite_id", "created", "event", "head_sha", "status"];

/** POST of a dispatch. */
export async function dispatchWorkflow(call: GitHubCall, fileOrId: string): Promise<Response> {
  const [file, workflow] = findWorkflow(call, fileOrId);
  const isAlwaysDetailed = !call.isEnterprise && call.apiVersion >= "2026-03-10";
  const dispatch = checkDispatch(
    await call.request.text(),
    { gitRepository: call.gitRepository, workflow },
    {
      maxInputs: call.isEnterprise ? 10 : 25,
      takesRunDetails: !call.isEnterprise && !isAlwaysDetailed,
      unknownMemberStatus: call.isEnterprise ? 400 : 422,
    },
  );
  const { ref, inputs } = dispatch;
  const run = call.store.start({ gitRepository: call.fullName, file, workflow, ref, inputs });
  if (!isAlwaysDetailed && !dispatch.isDetailed) return new Response(null, { status: 204 });
  const { url, html_url } = runDocument(run, workflow.name, call.at);
  return gitHubJson(200, { workflow_run_id: run.id, run_url: url, html_url });
}

/** GET of the runs of a workflow, or of the Git repository. */
export function listRuns(call: GitHubCall, fileOrId?: string): Response {
  const file = fileOrId === undefined ? undefined : findWorkflow(call, fileOrId)[0];
  const visibleUntilMs = instantToMs(call.clock.now()) - call.runsVisibleAfterMs;
  const visible = ownRuns(call).filter(
    (run) => (file === undefined || run.workflow === file) && instantToMs(run.createdAt) <= visibleUntilMs,
  );
  const found = filterRuns(visible, call.url.searchParams);
  const isFiltered = filters.some((name) => call.url.searchParams.has(name));
  const page = cutPage(isFiltered ? found.slice(0, maxFiltered) : found, call.url);
  const workflow_runs = page.items.map((run) => runDocument(run, nameOf(call, run), call.at));
  return gitHubJson(200, { total_count: found.length, workflow_runs }, page.headers);
}

/** GET of one run. */
export function getRun(call: GitHubCall, id: string): Response {
  const run = findRun(call, id);
  return gitHubJson(200, runDocument(run, nameOf(call, run), call.at));
}

/** GET of the jobs of a run. */
export function listJobs(call: GitHubCall, id: string): Response {
  const run = findRun(call, id);
  const page = cutPage([jobDocument(run, nameOf(call, run), call.at)], call.url);
  return gitHubJson(200, { total_count: 1, jobs: page.items }, page.headers);
}

/** POST of a cancellation; it is only asked for, and the run ends when its code does, unless forced. */
export function cancelRun(call: GitHubCall, id: string, options: { readonly force: boolean }): Response {
  if (call.store.cancel(findRun(call, id).id, options)) return gitHubJson(202, {});
  throw gitHubRefusal(409, "Cannot cancel a workflow run that is completed.");
}

/** GET of the releases. */
export function listReleases(call: GitHubCall): Response {
  const page = cutPage(releaseDocuments(call.gitRepository.releases ?? [], call.fullName, call.at), call.url);
  return gitHubJson(200, page.items, page.headers);
}

function ownRuns(call: GitHubCall): readonly SimulatedRun[] {
  return call.store.runs.filter((run) => run.gitRepository === call.fullName);
}

function nameOf(call: GitHubCall, run: SimulatedRun): string | undefined {
  return call.gitRepository.workflows[run.workflow]?.name;
}

function findRun(call: GitHubCall, id: string): SimulatedRun {
  const run = ownRuns(call).find((one) => String(one.id) === id);
  if (run === undefined) throw gitHubRefusal(404, "Not Found");
  return run;
}

function findWorkflow(call: GitHubCall, fileOrId: string): readonly [string, SimulatedWorkflow] {
  const found = Object.entries(call.gitRepository.workflows).find(
    ([file]) => file === fileOrId || String(workflowId(call.fullName, file)) === fileOrId,
  );
  if (found === undefined) throw gitHubRefusal(404, "Not Found");
  return found;
}
