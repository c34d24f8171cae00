import { describe, expect, it } from "vitest";
import { type GitHeadAnswers, gitHeadRef } from "./git-head-ref.ts";
import { readMetadataContext } from "./read-metadata-context.ts";

describe("gitHeadRef", () => {
  it.each<[GitHeadAnswers, string]>([
    [{ symbolicRef: "refs/heads/dev\n" }, "refs/heads/dev"],
    [{ decoration: "HEAD, tag: v1" }, "refs/tags/v1"],
    [{ decoration: "grafted, HEAD, tag: v1, tag: v0, origin/main" }, "refs/tags/v1"],
    [
      { decoration: "HEAD, tag: a, b, tag: c", tagsAtHead: "refs/tags/a\nrefs/tags/a, b\nrefs/tags/c" },
      "refs/tags/a, b",
    ],
    [{ decoration: "HEAD, pull/7/merge" }, "refs/pull/7/merge"],
    [{ decoration: "HEAD, origin/x, x" }, "refs/heads/x"],
    [{ decoration: "HEAD, origin/a/b" }, "refs/heads/a/b"],
    [{ decoration: "grafted, HEAD", branches: "refs/heads/new\nrefs/heads/old" }, "refs/heads/new"],
    [{ decoration: "HEAD", remoteBranches: "refs/remotes/origin/a/b" }, "refs/heads/a/b"],
    [{ decoration: "HEAD", tags: "v2\nv1" }, "refs/tags/v2"],
  ])("%j", (answers, ref) => {
    expect(gitHeadRef(answers)).toBe(ref);
  });

  it.each(["HEAD", "HEAD, main", "", "main"])("refuses a head that nothing names: %j", (decoration) => {
    expect(() => gitHeadRef({ decoration })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});

describe("readMetadataContext", () => {
  const now = "2026-01-01T00:00:00Z";
  const payload = {
    commits: [{ id: "b", timestamp: "2025-01-01T01:00:00+01:00" }],
    head_commit: { id: "c", timestamp: "2025-02-02T00:00:00Z" },
  };

  it.each([
    ["a pushed commit", { sha: "b" }, "2025-01-01T00:00:00.000Z"],
    ["the head commit", { sha: "c" }, "2025-02-02T00:00:00.000Z"],
    ["neither", { sha: "d" }, "2026-01-01T00:00:00.000Z"],
  ])("takes the commit's date from the payload: %s", (_name, event, commitDate) => {
    expect(readMetadataContext({ event: { ...event, payload }, now }).commitDate).toBe(commitDate);
  });

  it("prefers a date that is given, and the checkout's for git", () => {
    const event = { eventName: "push", ref: "refs/heads/a", sha: "b", payload };
    expect(readMetadataContext({ event, now, commitDate: "2024-01-01T00:00:00Z" }).commitDate).toBe(
      "2024-01-01T00:00:00.000Z",
    );
    const checkout = { ref: "refs/tags/v1", sha: "e", commitDate: "2023-01-01 12:00:00 +0100" };
    expect(readMetadataContext({ event, now, source: "git", checkout })).toMatchObject({
      eventName: "push",
      ref: "refs/tags/v1",
      sha: "e",
      commitDate: "2023-01-01T11:00:00.000Z",
      payload,
    });
  });
});
