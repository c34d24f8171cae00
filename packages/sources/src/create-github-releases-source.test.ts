import { inspect } from "node:util";
import { addMs, parseInstant } from "@bayplan/core";
import { createHttpClient } from "@bayplan/runtime";
import { createGitHubSimulator, createVirtualClock, type SimulatedRelease, serve } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createGitHubReleasesSource } from "./create-github-releases-source.ts";
import { all, json, type ScriptedRequest, scriptedFetch } from "./testing/scripted-fetch.ts";

const token = "ghp_secretsecretsecretsecretsecret0000";
const start = parseInstant("2026-01-01T00:00:00Z");
const releaseAt = (index: number, change: Partial<SimulatedRelease> = {}): SimulatedRelease => ({
  tag: `v1.${index}`,
  createdAt: addMs(start, index * 1000),
  ...change,
});
const releases = (count: number): SimulatedRelease[] => Array.from({ length: count }, (_, index) => releaseAt(index));

function createWorld(given: readonly SimulatedRelease[], options: { maxPages?: number } = {}) {
  const clock = createVirtualClock({ auto: true });
  const github = createGitHubSimulator({ clock, token, repositories: { "o/n": { workflows: {}, releases: given } } });
  const source = createGitHubReleasesSource({
    repository: "o/n",
    token,
    fetch: (url, init) => github.fetch(url, init),
    clock,
    ...options,
  });
  return { github, source, clock };
}

const row = (tag: string) => ({ tag_name: tag, draft: false, prerelease: false, published_at: "2026-01-01T00:00:00Z" });
const scripted = (answer: (request: ScriptedRequest) => Response) => {
  const { fetch, sent } = scriptedFetch(answer);
  const clock = createVirtualClock({ auto: true });
  return { sent, source: createGitHubReleasesSource({ repository: "o/n", token, fetch, clock }) };
};

describe("createGitHubReleasesSource", () => {
  it("gives tag, date and flag of everything but drafts", async () => {
    const { source } = createWorld([
      releaseAt(1, { publishedAt: parseInstant("2026-02-01T00:00:00Z") }),
      releaseAt(2, { prerelease: true }),
      releaseAt(3, { draft: true }),
    ]);
    const listing = source.list();
    expect(await all(listing)).toEqual([
      { raw: "v1.2", releasedAt: "2026-01-01T00:00:02Z", prerelease: true },
      { raw: "v1.1", releasedAt: "2026-02-01T00:00:00Z", prerelease: false },
    ]);
    expect(listing.completeness()).toEqual({ truncated: false });
    expect(source.id).toBe("github-releases:o/n");
  });

  it("leaves out drafts, which tokens that may push are shown", async () => {
    const { source } = scripted(() => json([{ ...row("v2"), draft: true, published_at: null }, row("v1")]));
    expect((await all(source.list())).map(({ raw }) => raw)).toEqual(["v1"]);
  });

  it("reads three pages, the second of which fails once", async () => {
    const { source, github } = createWorld(releases(250));
    const fault = github.inject({ match: (request) => request.url.includes("page=2"), effect: { status: 503 } });
    const listing = source.list();
    expect((await all(listing)).map(({ raw }) => raw)).toEqual(
      releases(250)
        .map(({ tag }) => tag)
        .toReversed(),
    );
    expect(fault.hits).toBe(1);
    expect(github.log).toHaveLength(4);
    expect(listing.completeness()).toEqual({ truncated: false });
  });

  it("asks for no more pages than are used", async () => {
    const { source, github } = createWorld(releases(250));
    for await (const { raw } of source.list()) if (raw === "v1.200") break;
    expect(github.log).toHaveLength(1);
  });

  it("is truncated at its own limit, and not when that is just enough", async () => {
    const cut = createWorld(releases(201), { maxPages: 2 }).source.list();
    expect(await all(cut)).toHaveLength(200);
    expect(cut.completeness()).toEqual({ truncated: true });
    const whole = createWorld(releases(200), { maxPages: 2 }).source.list();
    expect(await all(whole)).toHaveLength(200);
    expect(whole.completeness()).toEqual({ truncated: false });
  });

  it("is truncated where GitHub refuses a deeper page, but not empty when it refuses the first", async () => {
    const { source, github } = createWorld(releases(201));
    github.inject({ match: (request) => request.url.includes("page=3"), effect: { status: 422, body: "{}" } });
    const listing = source.list();
    expect(await all(listing)).toHaveLength(200);
    expect(listing.completeness()).toEqual({ truncated: true });
    github.inject({ match: {}, effect: { status: 422, body: "{}" } });
    await expect(all(source.list())).rejects.toMatchObject({ status: 422 });
  });

  it("leaves out what a new release shifted onto the next page", async () => {
    const { source } = scripted(({ url }) =>
      url.searchParams.get("page") === "2"
        ? json([row("v1"), row("v0")])
        : json([row("v2"), row("v1")], { link: '</repos/o/n/releases?page=2>; rel="next"' }),
    );
    expect((await all(source.list())).map(({ raw }) => raw)).toEqual(["v2", "v1", "v0"]);
  });

  it.each([
    ["that leads in a circle", '<https://api.github.com/repos/o/n/releases?per_page=100>; rel="next"'],
    ["to another origin", '<https://evil.example/x>; rel="next"'],
    ["to another port", '<https://api.github.com:8443/x>; rel="next"'],
    ["without encryption", '<http://api.github.com/x>; rel="next"'],
    ["to nowhere", '<http://[>; rel="next"'],
  ])("does not follow a link %s", async (_, link) => {
    const { source, sent } = scripted(() => json([row("v1")], { link }));
    const listing = source.list();
    await expect(all(listing)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
    expect(sent).toHaveLength(1);
    expect(() => listing.completeness()).toThrow(expect.objectContaining({ code: "INCOMPLETE" }));
  });

  it("leaves the token behind when a redirect leads to another origin", async () => {
    const { source, sent } = scripted(({ url }) =>
      url.host === "api.github.com"
        ? new Response(null, { status: 302, headers: { location: "https://elsewhere.example/x" } })
        : json([row("v1")]),
    );
    await all(source.list());
    expect(sent.map(({ headers }) => headers["authorization"])).toEqual([`Bearer ${token}`, undefined]);
  });

  it.each<[string, () => Response]>([
    ["no JSON", () => new Response("[")],
    ["an object", () => json({ message: "?" })],
    ["a row without a tag", () => json([row("v1"), { ...row("v2"), tag_name: undefined }])],
    ["a time that is none", () => json([{ ...row("v1"), published_at: "soon" }])],
  ])("is RESPONSE_INVALID for %s", async (_, answer) => {
    await expect(all(scripted(answer).source.list())).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it.each<[string, () => Response, string]>([
    ["404", () => new Response("{}", { status: 404 }), "NOT_FOUND"],
    ["401", () => new Response("{}", { status: 401 }), "UNAUTHORIZED"],
    ["403", () => new Response("{}", { status: 403 }), "DENIED"],
    ["429", () => new Response("{}", { status: 429, headers: { "retry-after": "900" } }), "RATE_LIMITED"],
    [
      "a spent budget",
      () => new Response("{}", { status: 403, headers: { "x-ratelimit-remaining": "0" } }),
      "RATE_LIMITED",
    ],
    ["204", () => new Response(null, { status: 204 }), "RESPONSE_INVALID"],
  ])("throws for %s, without the token in it", async (_, answer, code) => {
    const error: unknown = await all(scripted(answer).source.list()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(token);
  });

  it("ends when cancelled between pages", async () => {
    const abort = new AbortController();
    const { source, github } = createWorld(releases(150));
    const read = async (): Promise<void> => {
      for await (const { raw } of source.list({ signal: abort.signal })) if (raw === "v1.100") abort.abort();
    };
    await expect(read()).rejects.toMatchObject({ code: "CANCELLED" });
    expect(github.log).toHaveLength(1);
  });

  it.each([
    { repository: "o" },
    { repository: "o/.." },
    { repository: "o/n/x" },
    { token: "" },
    { token: "a b" },
    { maxPages: 0 },
    { baseUrl: "ftp://x" },
  ])("refuses the option %j", (change) => {
    const create = () => createGitHubReleasesSource({ repository: "o/n", ...change });
    expect(create).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("works over a socket at the path of an Enterprise Server, with a shared client and its own id", async () => {
    const { github } = createWorld(releases(120));
    const server = await serve((request) => github.fetch(request));
    const http = createHttpClient();
    try {
      const baseUrl = `${server.origin}/api/v3`;
      const source = createGitHubReleasesSource({ repository: "o/n", token, baseUrl, http, id: "mine" });
      expect(await all(source.list())).toHaveLength(120);
      expect(source.id).toBe("mine");
    } finally {
      await http.close();
      await server.close();
    }
  });
});
