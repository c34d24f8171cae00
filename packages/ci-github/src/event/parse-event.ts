import { BayplanError, parseGitRefName } from "@bayplan/core";
import type { z } from "zod";
import type { GitHubEvent } from "./github-event.ts";
import { payloads } from "./schema.ts";

/**
 * An event from its name and payload. Throws `INVALID_INPUT` naming the fields that are not as GitHub documents them;
 * values are not quoted, since anybody may have written them.
 */
export function parseEvent(name: string, payload: unknown): GitHubEvent {
  switch (name) {
    case "push":
      return pushOf(read(payloads.push, payload, name));
    case "pull_request":
    case "pull_request_target":
      return pullRequestOf(name, read(payloads.pull_request, payload, name));
    case "schedule":
      return { name, schedule: read(payloads.schedule, payload, name).schedule };
    case "workflow_dispatch": {
      const { inputs } = read(payloads.workflow_dispatch, payload, name);
      const given = Object.entries(inputs ?? {}).flatMap(([key, value]) => (value === null ? [] : [[key, value]]));
      return { name, inputs: Object.fromEntries(given) };
    }
    case "repository_dispatch": {
      const { action, client_payload } = read(payloads.repository_dispatch, payload, name);
      return { name, type: action, payload: client_payload ?? {} };
    }
    case "release": {
      const { action, release } = read(payloads.release, payload, name);
      const tag = parseGitRefName(release.tag_name, "tag of the release");
      return { name, action, tag, isPrerelease: release.prerelease, isDraft: release.draft };
    }
    case "create":
    case "delete": {
      const { ref, ref_type: refType } = read(payloads.ref, payload, name);
      // Short here, in full everywhere else.
      return { name, refType, ref: `refs/${refType === "tag" ? "tags" : "heads"}/${parseGitRefName(ref)}` };
    }
    case "workflow_run":
      return workflowRunOf(read(payloads.workflow_run, payload, name));
    case "merge_group": {
      const { action, merge_group: group } = read(payloads.merge_group, payload, name);
      const [baseRef, headRef] = [shortBranch(group.base_ref), shortBranch(group.head_ref)];
      return { name, action, baseRef, headRef, headSha: group.head_sha };
    }
    default:
      return { name: "other", event: name };
  }
}

function pushOf({ ref, before, after, forced }: z.infer<typeof payloads.push>): GitHubEvent {
  return {
    name: "push",
    ref: parseGitRefName(ref),
    ...(isZero(before) ? {} : { before }),
    ...(isZero(after) ? {} : { after }),
    isForced: forced === true,
  };
}

function pullRequestOf(
  name: "pull_request" | "pull_request_target",
  { action, number, pull_request: pull }: z.infer<typeof payloads.pull_request>,
): GitHubEvent {
  const { base, head } = pull;
  return {
    name,
    action,
    number,
    baseRef: parseGitRefName(base.ref, "base"),
    headRef: parseGitRefName(head.ref, "head"),
    headSha: head.sha,
    ...(head.repo === null ? {} : { headRepository: head.repo.full_name }),
    // Without a repository it was a fork that is gone.
    isFork: !isSameRepository(head.repo?.full_name, base.repo.full_name),
    isDraft: pull.draft === true,
  };
}

function workflowRunOf({ action, repository, workflow_run: run }: z.infer<typeof payloads.workflow_run>): GitHubEvent {
  return {
    name: "workflow_run",
    action,
    workflow: run.name ?? "",
    runId: String(run.id),
    event: run.event,
    ...(run.conclusion === null ? {} : { conclusion: run.conclusion }),
    ...(run.head_branch === null ? {} : { headBranch: parseGitRefName(run.head_branch, "head branch") }),
    headSha: run.head_sha,
    isFork: !isSameRepository(run.head_repository?.full_name, repository.full_name),
  };
}

function isSameRepository(left: string | undefined, right: string): boolean {
  return left !== undefined && left.toLowerCase() === right.toLowerCase();
}

function isZero(sha: string): boolean {
  return /^0+$/.test(sha);
}

function shortBranch(ref: string): string {
  return parseGitRefName(ref).replace(/^refs\/heads\//, "");
}

function read<Schema extends z.ZodType>(schema: Schema, payload: unknown, name: string): z.infer<Schema> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: path.join(".").slice(0, 200),
    found: "something else or nothing",
    expected: message.slice(0, 200),
  }));
  const where = problems.map(({ path }) => path || "the whole").join(", ");
  throw new BayplanError("INVALID_INPUT", `This is no payload of the event ${name}: look at ${where}.`, { problems });
}
