import { getGroup, listGroups, listRunGroups } from "./concurrency-endpoints.ts";
import { listPendingDeployments, reviewDeployments } from "./deployment-endpoints.ts";
import { dispatchRepository, dispatchWorkflow } from "./dispatch-endpoints.ts";
import type { GitHubCall } from "./github-call.ts";
import {
  cancelRun,
  deleteRun,
  getAttempt,
  getRun,
  listAttemptJobs,
  listJobs,
  listRuns,
  rerunJob,
  rerunRun,
} from "./run-endpoints.ts";
import { getWorkflow, listReleases, listWorkflows, switchWorkflow } from "./workflow-endpoints.ts";

/** What a token may be allowed; everything is, until `setPermission` takes it away. */
export type SimulatedPermission = "actions:read" | "actions:write" | "contents:read" | "contents:write";

interface Route {
  /** Method and path below a Git repository; `*` is one part of it. */
  readonly at: string;
  readonly permission: SimulatedPermission;
  /** Page of the documentation that refusals name. */
  readonly docs: string;
  readonly since?: "github.com";
  readonly answer: (call: GitHubCall, first: string, second: string) => Response | Promise<Response>;
}

const read = { permission: "actions:read" } as const;
const write = { permission: "actions:write" } as const;
const workflows = "actions/workflows#";
const runs = "actions/workflow-runs#";
const jobs = "actions/workflow-jobs#";
const concurrency = { ...read, docs: "actions/concurrency-groups", since: "github.com" } as const;

const routes: readonly Route[] = [
  {
    at: "POST /dispatches",
    permission: "contents:write",
    docs: "repos/repos#create-a-repository-dispatch-event",
    answer: dispatchRepository,
  },
  { at: "GET /releases", permission: "contents:read", docs: "releases/releases#list-releases", answer: listReleases },
  { at: "GET /actions/workflows", ...read, docs: `${workflows}list-repository-workflows`, answer: listWorkflows },
  { at: "GET /actions/workflows/*", ...read, docs: `${workflows}get-a-workflow`, answer: getWorkflow },
  {
    at: "PUT /actions/workflows/*/enable",
    ...write,
    docs: `${workflows}enable-a-workflow`,
    answer: (call, file) => switchWorkflow(call, file, "active"),
  },
  {
    at: "PUT /actions/workflows/*/disable",
    ...write,
    docs: `${workflows}disable-a-workflow`,
    answer: (call, file) => switchWorkflow(call, file, "disabled_manually"),
  },
  {
    at: "POST /actions/workflows/*/dispatches",
    ...write,
    docs: `${workflows}create-a-workflow-dispatch-event`,
    answer: dispatchWorkflow,
  },
  {
    at: "GET /actions/workflows/*/runs",
    ...read,
    docs: `${runs}list-workflow-runs-for-a-workflow`,
    answer: listRuns,
  },
  {
    at: "GET /actions/runs",
    ...read,
    docs: `${runs}list-workflow-runs-for-a-repository`,
    answer: (call) => listRuns(call),
  },
  { at: "GET /actions/runs/*", ...read, docs: `${runs}get-a-workflow-run`, answer: getRun },
  { at: "DELETE /actions/runs/*", ...write, docs: `${runs}delete-a-workflow-run`, answer: deleteRun },
  { at: "GET /actions/runs/*/attempts/*", ...read, docs: `${runs}get-a-workflow-run-attempt`, answer: getAttempt },
  {
    at: "GET /actions/runs/*/attempts/*/jobs",
    ...read,
    docs: `${jobs}list-jobs-for-a-workflow-run-attempt`,
    answer: listAttemptJobs,
  },
  { at: "GET /actions/runs/*/jobs", ...read, docs: `${jobs}list-jobs-for-a-workflow-run`, answer: listJobs },
  {
    at: "POST /actions/runs/*/cancel",
    ...write,
    docs: `${runs}cancel-a-workflow-run`,
    answer: (call, id) => cancelRun(call, id, { force: false }),
  },
  {
    at: "POST /actions/runs/*/force-cancel",
    ...write,
    docs: `${runs}force-cancel-a-workflow-run`,
    answer: (call, id) => cancelRun(call, id, { force: true }),
  },
  {
    at: "POST /actions/runs/*/rerun",
    ...write,
    docs: `${runs}re-run-a-workflow`,
    answer: (call, id) => rerunRun(call, id, "all"),
  },
  {
    at: "POST /actions/runs/*/rerun-failed-jobs",
    ...write,
    docs: `${runs}re-run-failed-jobs-from-a-workflow-run`,
    answer: (call, id) => rerunRun(call, id, "failed"),
  },
  {
    at: "POST /actions/jobs/*/rerun",
    ...write,
    docs: `${runs}re-run-a-job-from-a-workflow-run`,
    answer: rerunJob,
  },
  {
    at: "GET /actions/runs/*/pending_deployments",
    ...read,
    docs: `${runs}get-pending-deployments-for-a-workflow-run`,
    answer: listPendingDeployments,
  },
  {
    at: "POST /actions/runs/*/pending_deployments",
    ...write,
    docs: `${runs}review-pending-deployments-for-a-workflow-run`,
    answer: reviewDeployments,
  },
  { at: "GET /actions/runs/*/concurrency_groups", ...concurrency, answer: listRunGroups },
  { at: "GET /actions/concurrency_groups", ...concurrency, answer: (call) => listGroups(call) },
  { at: "GET /actions/concurrency_groups/*", ...concurrency, answer: getGroup },
];

/** What answers a request to a path below a Git repository, and what its token must be allowed. */
export interface FoundRoute extends Pick<Route, "docs" | "permission"> {
  answer(call: GitHubCall): Response | Promise<Response>;
}

/** Finds it; `undefined` where the server has nothing at that path. */
export function findRoute(method: string, path: string, isEnterprise: boolean): FoundRoute | undefined {
  const given = `${method} ${path}`.split("/");
  const route = routes.find((one) => {
    const parts = one.at.split("/");
    if (isEnterprise && one.since === "github.com") return false;
    return (
      parts.length === given.length && parts.every((part, index) => part === given[index] || isPart(part, given[index]))
    );
  });
  if (route === undefined) return undefined;
  const parts = route.at.split("/");
  const [first = "", second = ""] = given.filter((_, index) => parts[index] === "*");
  const { docs, permission } = route;
  return { docs, permission, answer: (call) => route.answer(call, first, second) };
}

function isPart(pattern: string, given: string | undefined): boolean {
  return pattern === "*" && given !== undefined && given !== "";
}
