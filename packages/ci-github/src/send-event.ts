import type { CallOptions } from "@bayplan/core";
import type { CheckedEvent } from "./check-event.ts";
import { parseGitRepository } from "./git-repository.ts";
import type { GitHubClient } from "./github-client.ts";
import { type SentDispatch, unknownIfLost } from "./send-dispatch.ts";

/** Sends a `repository_dispatch` once. GitHub never names its run. */
export async function sendEvent(
  client: GitHubClient,
  sent: { readonly checked: CheckedEvent; readonly attempt: number },
  options: CallOptions,
): Promise<SentDispatch> {
  const { gitRepository, eventType, payloadFor } = sent.checked;
  try {
    await client.call(
      {
        route: "POST /repos/{owner}/{repo}/dispatches",
        parameters: {
          ...parseGitRepository(gitRepository),
          event_type: eventType,
          client_payload: payloadFor(sent.attempt),
        },
        doing: { what: `Sending a repository_dispatch to ${gitRepository}`, permission: "contents: write" },
      },
      options,
    );
    return { state: "accepted" };
  } catch (error) {
    return unknownIfLost(error);
  }
}
