import { type BayplanError, type CallOptions, isBayplanError, type Run } from "@bayplan/core";
import type { CheckedWorkflowDispatch } from "./check-dispatch.ts";
import { parseGitRepository } from "./git-repository.ts";
import { type GitHubAnswer, type GitHubClient, parseAnswer } from "./github-client.ts";
import { DispatchDetails } from "./schema.ts";

/** What became of a dispatch: GitHub named the run, took it without naming one, or its answer was lost. */
export type SentDispatch =
  | { readonly state: "started"; readonly run: Run }
  | { readonly state: "accepted" }
  | { readonly state: "unknown"; readonly error: BayplanError };

/** Sends dispatches, remembering whether this server knows `return_run_details`. */
export interface DispatchSender {
  send(checked: CheckedWorkflowDispatch, attempt: number, options: CallOptions): Promise<SentDispatch>;
}

/**
 * A sender for one server. GitHub Enterprise Server up to 3.19 does not know `return_run_details`, and refuses it.
 *
 * @see https://github.blog/changelog/2026-02-19-workflow-dispatch-api-now-returns-run-ids
 */
export function createDispatchSender(
  client: GitHubClient,
  { isAlwaysDetailed }: { readonly isAlwaysDetailed: boolean },
): DispatchSender {
  // From 2026-03-10 on the parameter is gone and every answer has the details.
  let asksForDetails = !isAlwaysDetailed;
  return {
    async send(checked, attempt, options) {
      try {
        if (!asksForDetails) return await post(client, { checked, attempt, details: {} }, options);
        try {
          return await post(client, { checked, attempt, details: { return_run_details: true } }, options);
        } catch (error) {
          if (!isFieldUnknown(error)) throw error;
        }
        const sent = await post(client, { checked, attempt, details: {} }, options);
        asksForDetails = false;
        return sent;
      } catch (error) {
        return unknownIfLost(error);
      }
    },
  };
}

/** Neither a lost connection nor a 5xx says that nothing was started; any other error is thrown on. */
export function unknownIfLost(error: unknown): SentDispatch {
  if (isBayplanError(error) && error.code === "UNAVAILABLE") return { state: "unknown", error };
  throw error;
}

interface DispatchPost {
  readonly checked: CheckedWorkflowDispatch;
  readonly attempt: number;
  readonly details: { readonly return_run_details?: true };
}

async function post(client: GitHubClient, sent: DispatchPost, options: CallOptions): Promise<SentDispatch> {
  const { checked, attempt } = sent;
  const { gitRepository, workflow } = checked;
  const doing = { what: `Dispatching ${workflow} of ${gitRepository}`, permission: "actions: write" } as const;
  const answer: GitHubAnswer = await client.call(
    {
      route: "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
      parameters: {
        ...parseGitRepository(gitRepository),
        workflow_id: workflow,
        ref: checked.ref,
        inputs: checked.inputsFor(attempt),
        ...sent.details,
      },
      doing,
    },
    options,
  );
  if (answer.status === 204) return { state: "accepted" };
  const { workflow_run_id, html_url } = parseAnswer(DispatchDetails, answer.data, doing);
  return { state: "started", run: { id: String(workflow_run_id), gitRepository, url: html_url, attempt } };
}

function isFieldUnknown(error: unknown): boolean {
  if (!isBayplanError(error)) return false;
  return error.status === 400 || (error.status === 422 && error.message.includes("return_run_details"));
}
