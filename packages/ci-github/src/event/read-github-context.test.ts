import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TriggerEvent } from "@bayplan/core";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { GitHubEvent } from "./github-event.ts";
import { type GitHubContext, readGitHubContext } from "./read-github-context.ts";

const directory = mkdtempSync(join(tmpdir(), "bayplan-event-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const sha = "a".repeat(40);
const zero = "0".repeat(40);
const repository = { full_name: "o/n", default_branch: "main" };
const fork = { full_name: "someone/n", default_branch: "main" };
const pull = (head: object | null) => ({
  action: "opened",
  number: 7,
  repository,
  pull_request: { draft: false, base: { ref: "main", repo: repository }, head: { ref: "fix", sha, repo: head } },
});
const workflowRun = (head: object | null) => ({
  action: "completed",
  repository,
  workflow_run: {
    id: 5,
    name: "CI",
    event: "pull_request",
    conclusion: "success",
    head_branch: "fix",
    head_sha: sha,
    head_repository: head,
  },
});
const release = { tag_name: "v1.2.0", prerelease: true, draft: false };

const contextOf = (name: string, payload: unknown, env: Record<string, string> = {}): Promise<GitHubContext> =>
  readGitHubContext({ payload, env: { GITHUB_EVENT_NAME: name, GITHUB_REPOSITORY: "o/n", ...env } });

const events: readonly (readonly [string, object, Partial<GitHubEvent>, Partial<TriggerEvent>])[] = [
  [
    "push",
    { ref: "refs/heads/main", before: zero, after: sha, forced: true, repository },
    { ref: "refs/heads/main", after: sha, isForced: true },
    { ref: "refs/heads/main", defaultBranch: "main" },
  ],
  ["push", { ref: "refs/tags/v1", before: sha, after: zero, repository }, { before: sha }, { ref: "refs/tags/v1" }],
  [
    "pull_request",
    pull(repository),
    { isFork: false, number: 7, headSha: sha },
    { baseRef: "main", isFork: false, type: "opened" },
  ],
  ["pull_request", pull(fork), { isFork: true, headRepository: "someone/n" }, { isFork: true }],
  ["pull_request", pull(null), { isFork: true }, { isFork: true }],
  ["pull_request_target", pull(fork), { isFork: true }, { name: "pull_request_target", isFork: true }],
  ["schedule", { schedule: "0 6 * * 1", repository }, { schedule: "0 6 * * 1" }, { schedule: "0 6 * * 1" }],
  [
    "workflow_dispatch",
    { inputs: { version: "3.14", push: "true", none: null }, ref: "refs/heads/main", repository },
    { inputs: { version: "3.14", push: "true" } },
    { inputs: { version: "3.14", push: "true" } },
  ],
  ["workflow_dispatch", { inputs: null, repository }, { inputs: {} }, { inputs: {} }],
  [
    "repository_dispatch",
    { action: "relay-updated", client_payload: { ref: "main" }, repository },
    { type: "relay-updated", payload: { ref: "main" } },
    { type: "relay-updated" },
  ],
  [
    "release",
    { action: "published", release, repository },
    { tag: "v1.2.0", isPrerelease: true },
    { ref: "refs/tags/v1.2.0", type: "published", facts: { prerelease: true, draft: false } },
  ],
  ["create", { ref: "v1", ref_type: "tag", repository }, { refType: "tag" }, { ref: "refs/tags/v1" }],
  ["delete", { ref: "j4n/foo", ref_type: "branch", repository }, { refType: "branch" }, { ref: "refs/heads/j4n/foo" }],
  ["workflow_run", workflowRun(repository), { isFork: false, conclusion: "success", runId: "5" }, { isFork: false }],
  ["workflow_run", workflowRun(fork), { isFork: true }, { isFork: true, type: "completed" }],
  ["workflow_run", workflowRun(null), { isFork: true }, { isFork: true }],
  [
    "merge_group",
    {
      action: "checks_requested",
      merge_group: { base_ref: "refs/heads/main", head_ref: "refs/heads/gh-readonly-queue/x", head_sha: sha },
    },
    { baseRef: "main", headSha: sha },
    { baseRef: "main" },
  ],
];

describe("readGitHubContext", () => {
  it.each(events)("reads %s %#", async (name, payload, event, trigger) => {
    const context = await contextOf(name, payload);
    expect(context.event).toMatchObject({ name, ...event });
    expect(context.trigger).toMatchObject({ name, repository: "o/n", ...trigger });
  });

  it("knows a new and a deleted ref by what is missing", async () => {
    const { event } = await contextOf("push", { ref: "refs/heads/x", before: zero, after: zero });
    expect(event).toEqual({ name: "push", ref: "refs/heads/x", isForced: false });
  });

  it("takes other events by their name", async () => {
    const context = await contextOf("issue_comment", { anything: 1 });
    expect(context.event).toEqual({ name: "other", event: "issue_comment" });
    expect(context.trigger.name).toBe("issue_comment");
  });

  it("reads the run from the environment and the payload from its file", async () => {
    const path = join(directory, "event.json");
    writeFileSync(path, JSON.stringify({ schedule: "0 6 * * 1", repository }));
    const env = {
      GITHUB_EVENT_NAME: "schedule",
      GITHUB_EVENT_PATH: path,
      GITHUB_REPOSITORY: "o/n",
      GITHUB_REF: "refs/heads/main",
      GITHUB_SHA: sha,
      GITHUB_ACTOR: "dependabot[bot]",
      GITHUB_RUN_ID: "99",
      GITHUB_RUN_ATTEMPT: "2",
      GITHUB_SERVER_URL: "https://github.com",
    };
    expect(await readGitHubContext({ env })).toMatchObject({
      ref: "refs/heads/main",
      sha,
      actor: "dependabot[bot]",
      runId: "99",
      runAttempt: 2,
      runUrl: "https://github.com/o/n/actions/runs/99",
      defaultBranch: "main",
      trigger: { ref: "refs/heads/main" },
    });
  });

  it.each<[string, string, unknown, Record<string, string>]>([
    ["no event", "", {}, {}],
    ["a strange event", "push\nx", {}, {}],
    ["no repository", "push", {}, { GITHUB_REPOSITORY: "" }],
    ["a payload of another event", "push", { inputs: {} }, {}],
    ["a payload that is no object", "push", [], {}],
    ["a branch with a line end", "push", { ref: "refs/heads/a\nb", before: sha, after: sha }, {}],
    ["a branch that is an option", "delete", { ref: "--help", ref_type: "branch" }, {}],
    ["a branch without end", "delete", { ref: "x".repeat(5000), ref_type: "branch" }, {}],
    ["a sha that is none", "push", { ref: "refs/heads/a", before: "$(id)", after: sha }, {}],
    ["a strange ref in the environment", "schedule", { schedule: "x" }, { GITHUB_REF: "refs/heads/a b" }],
    ["a strange server", "schedule", { schedule: "x" }, { GITHUB_SERVER_URL: "http://x" }],
  ])("refuses %s, without quoting what stands there", async (_, name, payload, env) => {
    const error: unknown = await contextOf(name, payload, env).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "INVALID_INPUT" });
    expect(String(error)).not.toMatch(/\$\(id\)|x{200}/);
  });

  it("refuses files that are missing, too long or no JSON", async () => {
    const read = (path: string) =>
      readGitHubContext({ env: { GITHUB_EVENT_NAME: "push", GITHUB_REPOSITORY: "o/n", GITHUB_EVENT_PATH: path } });
    const long = join(directory, "long.json");
    writeFileSync(long, "");
    truncateSync(long, 26 * 1024 * 1024);
    const text = join(directory, "text.json");
    writeFileSync(text, "top secret");
    for (const path of [join(directory, "missing"), long, text]) {
      const error: unknown = await read(path).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "INVALID_INPUT" });
      expect(String(error)).not.toContain("secret");
    }
  });

  it("gives an event or a clear refusal for any payload", async () => {
    const names = fc.constantFrom(...new Set(events.map(([name]) => name)));
    const keys = ["ref", "ref_type", "before", "after", "inputs", "pull_request", "base", "head", "repo", "repository"];
    const values = fc.constantFrom<unknown>(
      null,
      "",
      "x",
      "refs/heads/main",
      sha,
      "__proto__",
      "o/n",
      "branch",
      7,
      true,
    );
    const payloads = fc.object({
      key: fc.constantFrom(...keys, "action", "workflow_run"),
      values: [values],
      maxDepth: 5,
    });
    await fc.assert(
      fc.asyncProperty(names, fc.oneof(payloads, fc.jsonValue()), async (name, payload) => {
        const result: unknown = await contextOf(name, payload).catch((error: unknown) => error);
        expect(result).toSatisfy(
          (one: { event?: object; code?: string }) => one.event !== undefined || one.code === "INVALID_INPUT",
        );
      }),
      { numRuns: 1000 },
    );
  });
});
