import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createGitHubTagsSource, type GitHubTagsSourceOptions } from "./create-github-tags-source.ts";
import { all, json, type ScriptedRequest, scriptedFetch } from "./testing/scripted-fetch.ts";

const a = "a".repeat(40);
const b = "b".repeat(40);
const c = "c".repeat(40);

function createWorld(answer: (request: ScriptedRequest) => Response, options: Partial<GitHubTagsSourceOptions> = {}) {
  const { fetch, sent } = scriptedFetch(answer);
  const clock = createVirtualClock({ auto: true });
  return { sent, clock, source: createGitHubTagsSource({ repository: "o/n", fetch, clock, ...options }) };
}

describe("createGitHubTagsSource", () => {
  it("gives peeled commits with the list", async () => {
    const { source, sent } = createWorld(() =>
      json([
        { name: "v2", commit: { sha: b } },
        { name: "v1", commit: { sha: a } },
      ]),
    );
    expect(await all(source.list())).toEqual([
      { raw: "v2", commit: b },
      { raw: "v1", commit: a },
    ]);
    expect(source.id).toBe("github-tags:o/n");
    expect(sent.map(({ url }) => url.href)).toEqual(["https://api.github.com/repos/o/n/tags?per_page=100"]);
  });

  it("asks for tags that begin alike, and never passes a tag object for a commit", async () => {
    const refs = [
      { ref: "refs/tags/v3.14.0", object: { type: "commit", sha: a } },
      { ref: "refs/tags/v3.14.1", object: { type: "tag", sha: b } },
      { ref: "refs/heads/v3.14.x", object: { type: "commit", sha: c } },
    ];
    const { source, sent } = createWorld(() => json(refs), { prefix: "v3.14." });
    expect(await all(source.list())).toEqual([{ raw: "v3.14.0", commit: a }, { raw: "v3.14.1" }]);
    expect(sent.map(({ url }) => url.pathname)).toEqual(["/repos/o/n/git/matching-refs/tags/v3.14."]);
    expect(source.id).toBe("github-tags:o/n:v3.14.");
  });

  it("peels annotated tags, also tags of tags, when it is told to", async () => {
    const tagger = { date: "2026-02-03T04:05:06Z" };
    const { source, sent } = createWorld(
      ({ url }) => {
        if (url.pathname.endsWith(`/git/tags/${b}`)) return json({ object: { type: "tag", sha: c }, tagger });
        if (url.pathname.endsWith(`/git/tags/${c}`)) return json({ object: { type: "commit", sha: a }, tagger: null });
        return json([{ ref: "refs/tags/v1", object: { type: "tag", sha: b } }]);
      },
      { prefix: "v", peel: true },
    );
    expect(await all(source.list())).toEqual([{ raw: "v1", commit: a, releasedAt: "2026-02-03T04:05:06Z" }]);
    expect(sent).toHaveLength(3);
  });

  it("gives no commit for a tag of a tag of itself, or of a file", async () => {
    const { source, sent } = createWorld(
      ({ url }) => {
        if (url.pathname.endsWith(`/git/tags/${b}`)) return json({ object: { type: "tag", sha: b } });
        if (url.pathname.endsWith(`/git/tags/${c}`)) return json({ object: { type: "blob", sha: a } });
        return json([
          { ref: "refs/tags/v1", object: { type: "tag", sha: b } },
          { ref: "refs/tags/v2", object: { type: "tag", sha: c } },
        ]);
      },
      { prefix: "v", peel: true },
    );
    expect(await all(source.list())).toEqual([{ raw: "v1" }, { raw: "v2" }]);
    expect(sent.length).toBeLessThan(10);
  });

  it("fails when one tag cannot be peeled", async () => {
    const { source } = createWorld(
      ({ url }) =>
        url.pathname.includes("/git/tags/")
          ? new Response("{}", { status: 404 })
          : json([{ ref: "refs/tags/v1", object: { type: "tag", sha: b } }]),
      { prefix: "v", peel: true },
    );
    await expect(all(source.list())).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("is truncated where GitHub refuses a deeper page with 422, but fails when it refuses the first", async () => {
    const link = { link: '<https://api.github.com/repos/o/n/tags?page=2>; rel="next"' };
    const { source } = createWorld(({ url }) =>
      url.searchParams.get("page") === "2" ? new Response("{}", { status: 422 }) : json([{ name: "v1" }], link),
    );
    const listing = source.list();
    expect(await all(listing)).toEqual([{ raw: "v1" }]);
    expect(listing.completeness().truncated).toBe(true);
    const refused = createWorld(() => new Response("{}", { status: 422 })).source;
    await expect(all(refused.list())).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("says when a spent budget of requests comes back", async () => {
    const reset = {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Date.parse("2026-01-01T01:00:00Z") / 1000),
    };
    const { source } = createWorld(() => new Response("{}", { status: 403, headers: reset }));
    await expect(all(source.list())).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 3_600_000 });
  });

  it("asks anew for a full last page, which may get a next one while it stays the same", async () => {
    const { source, sent } = createWorld(() => json([{ name: "v1" }, { name: "v2" }], { etag: '"a"' }), {
      pageSize: 2,
    });
    await all(source.list());
    await all(source.list());
    expect(sent.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, undefined]);
  });

  it.each([
    { prefix: "" },
    { prefix: "../x" },
    { prefix: "a b" },
    { prefix: "a//b" },
    { prefix: "v*" },
    { pageSize: 101 },
  ])("refuses the option %j", (change) => {
    expect(() => createWorld(() => json([]), change)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
