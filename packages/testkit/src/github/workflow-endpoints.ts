import { instantFromMs } from "@bayplan/core";
import { gitHubJson } from "./github-answer.ts";
import { findWorkflow, type GitHubCall, workflowState } from "./github-call.ts";
import { cutPage } from "./page.ts";
import { releaseDocuments } from "./release-document.ts";
import { workflowId } from "./run-document.ts";

/** GET of the workflows. */
export function listWorkflows(call: GitHubCall): Response {
  const files = Object.keys(call.gitRepository.workflows);
  const page = cutPage(files, call.url);
  const workflows = page.items.map((file) => workflowDocument(call, file));
  return gitHubJson(200, { total_count: files.length, workflows }, page.headers);
}

/** GET of one workflow. */
export function getWorkflow(call: GitHubCall, fileOrId: string): Response {
  return gitHubJson(200, workflowDocument(call, findWorkflow(call, fileOrId)[0]));
}

/** PUT that lets a workflow be dispatched, or not. */
export function switchWorkflow(call: GitHubCall, fileOrId: string, state: "active" | "disabled_manually"): Response {
  call.switched.set(`${call.fullName}/${findWorkflow(call, fileOrId)[0]}`, state);
  return new Response(null, { status: 204 });
}

/** GET of the releases. */
export function listReleases(call: GitHubCall): Response {
  const page = cutPage(releaseDocuments(call.gitRepository.releases ?? [], call.fullName, call.at), call.url);
  return gitHubJson(200, page.items, page.headers);
}

function workflowDocument(call: GitHubCall, file: string): Record<string, unknown> {
  const id = workflowId(call.fullName, file);
  const path = `.github/workflows/${file}`;
  const at = instantFromMs(0);
  return {
    id,
    node_id: `W_${id}`,
    name: call.gitRepository.workflows[file]?.name ?? path,
    path,
    state: workflowState(call, file),
    created_at: at,
    updated_at: at,
    url: `${call.at.api}/repos/${call.fullName}/actions/workflows/${id}`,
    html_url: `${call.at.site}/${call.fullName}/blob/main/${path}`,
    badge_url: `${call.at.site}/${call.fullName}/workflows/${encodeURIComponent(file)}/badge.svg`,
  };
}
