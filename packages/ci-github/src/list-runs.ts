import { BayplanError, type CallOptions, type Instant } from "@bayplan/core";
import { parseGitRepository } from "./git-repository.ts";
import { type GitHubClient, parseAnswer } from "./github-client.ts";
import type { Doing } from "./github-error.ts";
import { RunPage, type WorkflowRun } from "./schema.ts";

/** What starts a run on request. */
export type DispatchEventName = "workflow_dispatch" | "repository_dispatch";

/** Which runs to list. */
interface ListRunsQuery {
  readonly gitRepository: string;
  readonly workflow: string;
  readonly event: DispatchEventName;
  /** Runs created at or after this. */
  readonly since: Instant;
}

// "This endpoint will return up to 1,000 results for each search": https://docs.github.com/en/rest/actions/workflow-runs
const pageSize = 100;
const pagesPerSearch = 10;

/**
 * Dispatched runs of a workflow, newest first, page by page. Where GitHub cuts a search off, the next one begins at the
 * oldest run seen. Throws `RESPONSE_INVALID` when that leads nowhere: a list that was cut off must not look whole.
 */
export async function* listRuns(
  client: GitHubClient,
  query: ListRunsQuery,
  options: CallOptions,
): AsyncGenerator<readonly WorkflowRun[]> {
  const seen = new Set<number>();
  // GitHub tells whole seconds, and its documented form has no fraction.
  const since = query.since.replace(/\.\d+Z$/, "Z");
  let created = `>=${since}`;
  for (;;) {
    const seenBefore = seen.size;
    let rows = 0;
    let oldest: string | undefined;
    let isLast = false;
    // Numbers, not the addresses in `Link`: those could lead elsewhere or in a circle.
    for (let page = 1; page <= pagesPerSearch && !isLast; page++) {
      const { runs, hasNext } = await readPage(client, { ...query, created, page }, options);
      isLast = !hasNext;
      rows += runs.length;
      for (const run of runs) if (oldest === undefined || run.created_at < oldest) oldest = run.created_at;
      const fresh = runs.filter((run) => !seen.has(run.id));
      for (const run of fresh) seen.add(run.id);
      yield fresh;
    }
    if (isLast && rows < pageSize * pagesPerSearch) return;
    if (oldest === undefined || seen.size === seenBefore) throw tooMany(query);
    created = `${since}..${oldest}`;
  }
}

async function readPage(
  client: GitHubClient,
  query: ListRunsQuery & { readonly created: string; readonly page: number },
  options: CallOptions,
): Promise<{ readonly runs: readonly WorkflowRun[]; readonly hasNext: boolean }> {
  const { gitRepository, workflow, created, page } = query;
  const doing: Doing = { what: `Listing the runs of ${workflow} in ${gitRepository}`, permission: "actions: read" };
  const { data, headers } = await client.call(
    {
      route: "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
      parameters: {
        ...parseGitRepository(gitRepository),
        workflow_id: workflow,
        event: query.event,
        created,
        per_page: pageSize,
        page,
      },
      doing,
    },
    options,
  );
  const runs = parseAnswer(RunPage, data, doing).workflow_runs;
  return { runs, hasNext: /;\s*rel="?next\b/i.test(String(headers["link"] ?? "")) };
}

function tooMany({ gitRepository, workflow }: ListRunsQuery): BayplanError {
  return new BayplanError(
    "RESPONSE_INVALID",
    `The runs of ${workflow} in ${gitRepository} could not be listed completely. Use a shorter lookbackMs.`,
  );
}
