import { gitHubJson, gitHubRefusal } from "./github-answer.ts";
import { findRun, type GitHubCall } from "./github-call.ts";
import { invalidRequest, parseJsonBody } from "./json-body.ts";
import { commitOf, idOf, userDocument } from "./repository-document.ts";
import type { Gate } from "./run-attempt.ts";
import type { SimulatedRun } from "./simulated-workflow.ts";

/** GET of the deployments of a run that wait for approval. */
export function listPendingDeployments(call: GitHubCall, id: string): Response {
  const run = findRun(call, id);
  const seen = new Map(call.store.gates(run.id).map((gate) => [gate.environment, gate] as const));
  return gitHubJson(
    200,
    [...seen.values()].map((gate) => pendingDocument(call, gate)),
  );
}

/** POST of an approval or a rejection; a rejected job has failed. */
export async function reviewDeployments(call: GitHubCall, id: string): Promise<Response> {
  const run = findRun(call, id);
  const body = parseJsonBody(await call.request.text());
  const { environment_ids: ids, state, comment } = body;
  for (const name of ["environment_ids", "state", "comment"]) {
    if (body[name] === undefined) throw invalidRequest(`"${name}" wasn't supplied.`);
  }
  if (!Array.isArray(ids) || !ids.every((one) => Number.isInteger(one))) {
    throw invalidRequest("For 'properties/environment_ids', it is not an array of integers.");
  }
  if (state !== "approved" && state !== "rejected")
    throw invalidRequest("For 'properties/state', it is not a possibility.");
  if (typeof comment !== "string") throw invalidRequest("For 'properties/comment', it is not a string.");
  const gates = call.store.gates(run.id).filter(({ environment }) => ids.includes(environmentId(call, environment)));
  if (gates.length === 0) throw gitHubRefusal(422, "There is no deployment with these environments to review.");
  for (const gate of gates) gate.decide(state === "approved");
  return gitHubJson(
    200,
    gates.map((gate) => deploymentDocument(call, run, gate)),
  );
}

function environmentId({ fullName }: GitHubCall, environment: string): number {
  return idOf(`${fullName} environment ${environment}`);
}

function pendingDocument(call: GitHubCall, { environment }: Gate): Record<string, unknown> {
  const id = environmentId(call, environment);
  const path = `${call.fullName}/environments/${encodeURIComponent(environment)}`;
  const [owner = ""] = call.fullName.split("/");
  return {
    environment: {
      id,
      node_id: `EN_${id}`,
      name: environment,
      url: `${call.at.api}/repos/${path}`,
      html_url: `${call.at.site}/${call.fullName}/deployments/activity_log?environments_filter=${encodeURIComponent(environment)}`,
    },
    wait_timer: 0,
    wait_timer_started_at: null,
    current_user_can_approve: true,
    reviewers: [{ type: "User", reviewer: userDocument(owner, call.at) }],
  };
}

function deploymentDocument(call: GitHubCall, run: SimulatedRun, gate: Gate): Record<string, unknown> {
  const { environment } = gate;
  const id = idOf(`deployment ${run.id} ${run.runAttempt} ${environment}`);
  const repositoryUrl = `${call.at.api}/repos/${call.fullName}`;
  const [owner = ""] = call.fullName.split("/");
  return {
    url: `${repositoryUrl}/deployments/${id}`,
    id,
    node_id: `DE_${id}`,
    sha: commitOf(`${run.gitRepository}@${run.ref}`),
    ref: run.ref,
    task: "deploy",
    payload: {},
    original_environment: environment,
    environment,
    description: null,
    creator: userDocument(owner, call.at),
    created_at: gate.since,
    updated_at: gate.since,
    statuses_url: `${repositoryUrl}/deployments/${id}/statuses`,
    repository_url: repositoryUrl,
    transient_environment: false,
    production_environment: environment === "production",
  };
}
