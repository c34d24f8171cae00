import type { TriggerEvent } from "@bayplan/core";
import type { GitHubEvent } from "./github-event.ts";

/** What the environment says beside the payload. */
interface KnownOfRun {
  /** As GitHub calls the event. */
  readonly name: string;
  readonly repository: string;
  readonly ref?: string;
  readonly defaultBranch?: string;
}

/** The event as core's trigger tables and tag rules take it. What GitHub did not say is left out. */
export function toTriggerEvent(event: GitHubEvent, known: KnownOfRun): TriggerEvent {
  return { ...known, ...ownOf(event) };
}

function ownOf(event: GitHubEvent): Partial<TriggerEvent> {
  switch (event.name) {
    case "push":
      return { ref: event.ref };
    case "pull_request":
    case "pull_request_target":
      return { type: event.action, baseRef: event.baseRef, isFork: event.isFork, facts: { draft: event.isDraft } };
    case "schedule":
      return { schedule: event.schedule };
    case "workflow_dispatch":
      return { inputs: event.inputs };
    case "repository_dispatch":
      return { type: event.type };
    case "release": {
      const facts = { prerelease: event.isPrerelease, draft: event.isDraft };
      return { type: event.action, ref: `refs/tags/${event.tag}`, facts };
    }
    case "create":
    case "delete":
      return { ref: event.ref };
    case "workflow_run":
      return { type: event.action, isFork: event.isFork };
    case "merge_group":
      return { type: event.action, baseRef: event.baseRef };
    case "other":
      return {};
  }
}
