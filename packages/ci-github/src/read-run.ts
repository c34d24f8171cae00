import { BayplanError, type CallOptions, type Run } from "@bayplan/core";
import { parseGitRepository } from "./git-repository.ts";
import { type GitHubClient, parseAnswer } from "./github-client.ts";
import type { Doing } from "./github-error.ts";
import { WorkflowRun } from "./schema.ts";

/** A run as GitHub shows it now, or that it has not changed since the `etag`. */
export interface RunReading {
  /** `undefined`: not modified. */
  readonly run: WorkflowRun | undefined;
  readonly etag: string | undefined;
}

/** Reads one run. An `etag` of an earlier reading makes an unchanged one free of the rate limit. */
export async function readRun(
  client: GitHubClient,
  run: Run,
  options: CallOptions & { readonly etag?: string | undefined },
): Promise<RunReading> {
  const doing: Doing = { what: `Reading run ${run.id} of ${run.gitRepository}`, permission: "actions: read" };
  const answer = await client.call(
    { route: "GET /repos/{owner}/{repo}/actions/runs/{run_id}", parameters: runPath(run), doing, etag: options.etag },
    options,
  );
  if (answer.status === 304) return { run: undefined, etag: options.etag };
  const etag = answer.headers["etag"];
  return { run: parseAnswer(WorkflowRun, answer.data, doing), etag: etag === undefined ? undefined : String(etag) };
}

/** The path parameters of a run. Throws `INVALID_INPUT` for a run that is not GitHub's. */
export function runPath(run: Run): { readonly owner: string; readonly repo: string; readonly run_id: string } {
  if (!/^[1-9]\d{0,18}$/.test(run.id)) {
    throw new BayplanError("INVALID_INPUT", "The id of this run is not one of GitHub's: it must be a number.", {
      problems: [{ path: "run.id", found: run.id.slice(0, 40), expected: "a number" }],
    });
  }
  return { ...parseGitRepository(run.gitRepository), run_id: run.id };
}
