import {
  cancelRun,
  dispatchWorkflow,
  type GitHubCall,
  getRun,
  listJobs,
  listReleases,
  listRuns,
} from "./actions-endpoints.ts";

/** What a token may be allowed; everything is, until `setPermission` takes it away. */
export type SimulatedPermission = "actions:read" | "actions:write" | "contents:read";

interface Route {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
  readonly permission: SimulatedPermission;
  readonly answer: (call: GitHubCall, argument: string) => Response | Promise<Response>;
}

const routes: readonly Route[] = [
  {
    method: "POST",
    path: /^\/actions\/workflows\/([^/]+)\/dispatches$/,
    permission: "actions:write",
    answer: dispatchWorkflow,
  },
  { method: "GET", path: /^\/actions\/workflows\/([^/]+)\/runs$/, permission: "actions:read", answer: listRuns },
  { method: "GET", path: /^\/actions\/runs$/, permission: "actions:read", answer: (call) => listRuns(call) },
  { method: "GET", path: /^\/actions\/runs\/([^/]+)$/, permission: "actions:read", answer: getRun },
  { method: "GET", path: /^\/actions\/runs\/([^/]+)\/jobs$/, permission: "actions:read", answer: listJobs },
  {
    method: "POST",
    path: /^\/actions\/runs\/([^/]+)\/cancel$/,
    permission: "actions:write",
    answer: (call, id) => cancelRun(call, id, { force: false }),
  },
  {
    method: "POST",
    path: /^\/actions\/runs\/([^/]+)\/force-cancel$/,
    permission: "actions:write",
    answer: (call, id) => cancelRun(call, id, { force: true }),
  },
  { method: "GET", path: /^\/releases$/, permission: "contents:read", answer: listReleases },
];

/** What answers a request to a path below a Git repository, and what its token must be allowed. */
export function findRoute(
  method: string,
  path: string,
):
  | { readonly permission: SimulatedPermission; readonly answer: (call: GitHubCall) => Response | Promise<Response> }
  | undefined {
  const route = routes.find((one) => one.method === method && one.path.test(path));
  if (route === undefined) return undefined;
  const argument = route.path.exec(path)?.[1] ?? "";
  return { permission: route.permission, answer: (call) => route.answer(call, argument) };
}
