import { addMs, type CallOptions, isInstant, type ObservedRun, parseInstant, type RunQuery } from "@bayplan/core";
import type { CiContext } from "./ci-context.ts";
import { type DispatchEventName, listRuns } from "./list-runs.ts";
import { attemptInTitle, formatRunKey } from "./run-key.ts";
import { toRunStatus } from "./run-status.ts";
import type { WorkflowRun } from "./schema.ts";

/** Runs whose name carries the key, newest attempt first (the lowest run id first among equals), page by page. */
export async function* findRuns(
  context: CiContext,
  query: RunQuery & { readonly event?: DispatchEventName },
  options: CallOptions,
): AsyncGenerator<ObservedRun> {
  const gitRepository = query.gitRepository ?? context.gitRepository;
  formatRunKey(query.key, 1); // throws for a key that could never have been dispatched
  const since = addMs(context.clock.now(), -context.lookbackMs);
  const { workflow, event = "workflow_dispatch" } = query;
  for await (const page of listRuns(context.client, { gitRepository, workflow, event, since }, options)) {
    yield* observedRuns(page, { gitRepository, key: query.key });
  }
}

/** Of these runs the ones with the key, newest attempt first. */
export function observedRuns(
  runs: readonly WorkflowRun[],
  query: { readonly gitRepository: string; readonly key: string },
): readonly ObservedRun[] {
  const found = runs.flatMap((run) => {
    const attempt = attemptInTitle(run.display_title, query.key);
    return attempt === undefined ? [] : [{ attempt, run }];
  });
  found.sort((left, right) => right.attempt - left.attempt || left.run.id - right.run.id);
  return found.map(({ attempt, run }) => ({
    run: { id: String(run.id), gitRepository: query.gitRepository, url: run.html_url, attempt },
    status: toRunStatus(run),
    ...endOf(run),
  }));
}

/** A run that has completed changes no more, so its last change is its end. One that is not a time is left out. */
function endOf({ status, updated_at: updatedAt }: WorkflowRun): Pick<ObservedRun, "endedAt"> {
  if (status !== "completed" || updatedAt === undefined || !isInstant(updatedAt)) return {};
  return { endedAt: parseInstant(updatedAt) };
}
