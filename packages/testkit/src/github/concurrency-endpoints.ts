import type { ConcurrencyGroup } from "./concurrency-groups.ts";
import { gitHubJson, gitHubRefusal } from "./github-answer.ts";
import { findRun, type GitHubCall, runsOf, workflowName } from "./github-call.ts";
import { runDocument } from "./run-document.ts";

/** GET of the groups that are held. */
export function listGroups(call: GitHubCall): Response {
  const groups = call.store.groups(call.fullName);
  const concurrency_groups = groups.slice(0, perPage(call)).map((group) => ({
    group_name: group.name,
    group_url: groupUrl(call, group.name),
    last_acquired_at: group.lastAcquiredAt,
  }));
  return gitHubJson(200, { total_count: groups.length, concurrency_groups });
}

/** GET of one group, or of what is ahead of a run in it. 404 when nobody holds it. */
export function getGroup(call: GitHubCall, encodedName: string): Response {
  const group = groupNamed(call, decodeURIComponent(encodedName));
  if (group === undefined) throw gitHubRefusal(404, "Not Found");
  const ahead = call.url.searchParams.get("ahead_of_run");
  const members = membersOf(call, group);
  const last = members.findIndex(({ run_id }) => String(run_id) === ahead);
  if (ahead !== null && last < 0) throw gitHubRefusal(422, "The run is not in this concurrency group.");
  const group_members = ahead === null ? members : members.slice(0, last + 1);
  return gitHubJson(200, {
    group_name: group.name,
    group_url: groupUrl(call, group.name),
    total_count: group_members.length,
    group_members,
  });
}

/** GET of the groups of a run, with its own place in them while it has one. */
export function listRunGroups(call: GitHubCall, id: string): Response {
  const run = findRun(call, id);
  const name = call.store.groupOf(run.id);
  if (name === undefined) return gitHubJson(200, { total_count: 0, concurrency_groups: [] });
  const group = groupNamed(call, name);
  const members = group === undefined ? [] : membersOf(call, group);
  const position = members.findIndex(({ run_id }) => run_id === run.id);
  const position_url = `${groupUrl(call, name)}?ahead_of_run=${run.id}`;
  const group_members = members
    .filter(({ run_id }) => run_id === run.id)
    .map((one) => ({ ...one, position, position_url }));
  const own = { group_name: name, group_url: groupUrl(call, name), group_members };
  return gitHubJson(200, { total_count: 1, concurrency_groups: [own] });
}

function groupNamed(call: GitHubCall, name: string): ConcurrencyGroup | undefined {
  return call.store.groups(call.fullName).find((group) => group.name.toLowerCase() === name.toLowerCase());
}

function membersOf(call: GitHubCall, group: ConcurrencyGroup) {
  const runs = runsOf(call);
  return group.members.flatMap(({ runId }, index) => {
    const run = runs.find(({ id }) => id === runId);
    if (run === undefined) return [];
    const { url, html_url, name } = runDocument(run, workflowName(call, run), call.at);
    const status = index === 0 ? "in_progress" : "pending";
    return [{ run_id: run.id, run_name: name, run_url: url, run_html_url: html_url, status }];
  });
}

function groupUrl(call: GitHubCall, name: string): string {
  return `${call.at.api}/repos/${call.fullName}/actions/concurrency_groups/${encodeURIComponent(name)}`;
}

function perPage({ url }: GitHubCall): number {
  return Math.min(100, Number(url.searchParams.get("per_page") ?? 30) || 30);
}
