import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import { serve } from "@bayplan/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createGitTagsSource, type GitTagsSourceOptions } from "./create-git-tags-source.ts";
import { gitAdvertisement } from "./testing/git-advertisement.ts";
import { all } from "./testing/scripted-fetch.ts";

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function createRepository(tags: Readonly<Record<string, "light" | "annotated">>) {
  const directory = await mkdtemp(join(tmpdir(), "bayplan-git-"));
  cleanUp.push(() => rm(directory, { recursive: true }));
  const identity = [
    "-c",
    "user.name=t",
    "-c",
    "user.email=t@example.com",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "tag.gpgsign=false",
  ];
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)("git", [...identity, "-C", directory, ...args])).stdout.trim();
  await git("init", "--quiet");
  await git("commit", "--quiet", "--allow-empty", "--message=one");
  for (const [name, kind] of Object.entries(tags))
    await git("tag", name, ...(kind === "light" ? [] : ["--annotate", "--message=m"]));
  return { url: `file://${directory}`, directory, git };
}

async function listen(answer: (request: Request) => Promise<Response>) {
  const server = await serve(answer);
  cleanUp.push(() => server.close());
  return server;
}

const object = "a".repeat(40);

describe("createGitTagsSource", () => {
  it("gives every tag once, with the commit of annotated ones", async () => {
    const { url, git } = await createRepository({ "v1.0": "light", "v1.1": "annotated", "rel/2": "annotated" });
    const commit = await git("rev-parse", "HEAD");
    await git("tag", "--annotate", "--message=of a tag", "v1.2", "v1.1");
    const source = createGitTagsSource({ repository: url, protocols: ["file"] });
    const listing = source.list();
    expect(await all(listing)).toEqual(["rel/2", "v1.0", "v1.1", "v1.2"].map((raw) => ({ raw, commit })));
    expect(listing.completeness()).toEqual({ truncated: false });
    expect(source.id).toBe(`git-tags:${url}`);
  });

  it("lists only tags that begin alike", async () => {
    const { url } = await createRepository({
      "v1.0": "light",
      "v2.0": "annotated",
      "av1.0": "light",
      "x/refs/tags/v1.9": "light",
    });
    const source = createGitTagsSource({ repository: url, prefix: "v1.", protocols: ["file"] });
    expect((await all(source.list())).map(({ raw }) => raw)).toEqual(["v1.0"]);
  });

  it("lists nothing of a repository without tags, and fails for one without anything", async () => {
    const { url, directory } = await createRepository({});
    expect(await all(createGitTagsSource({ repository: url, protocols: ["file"] }).list())).toEqual([]);
    await promisify(execFile)("git", ["init", "--quiet", join(directory, "empty")]);
    const empty = createGitTagsSource({ repository: `${url}/empty`, protocols: ["file"] });
    await expect(all(empty.list())).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("says NOT_FOUND of what is no repository", async () => {
    const source = createGitTagsSource({ repository: "file:///nowhere/at/all", protocols: ["file"] });
    await expect(all(source.list())).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it.each<[string, Partial<GitTagsSourceOptions>]>([
    ["--upload-pack=touch /tmp/x", {}],
    ["-o", {}],
    ["ext::sh -c touch% /tmp/x", {}],
    ["https://h/o/n --upload-pack=x", {}],
    ["ssh://-oProxyCommand=x/o", {}],
    ["ssh://-oProxyCommand=x@h/o", {}],
    ["ssh://h/-o", {}],
    ["git@h:o/n", {}],
    ["/tmp/x", {}],
    ["file:///tmp/x", {}],
    ["http://example.com/o/n", {}],
    ["https://u:p@h/o/n", {}],
    ["https://u@h/o/n", {}],
    ["ssh://u:p@h/o/n", {}],
    ["https://h/o/n?x", {}],
    ["https://h/o\u0000n", {}],
    ["https://h/o\nn", {}],
    ["https://h/o", { prefix: "-x" }],
    ["https://h/o", { prefix: "v*" }],
    ["https://h/o", { token: "a b" }],
    ["ssh://git@h/o", { token: "t" }],
    ["https://h/o", { timeoutMs: 0 }],
    ["https://h/o", { protocols: ["ssh"] }],
  ])("runs nothing for %j %j", (repository, options) => {
    expect(() => createGitTagsSource({ repository, ...options })).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });

  it.each(["https://h/o/n.git", "ssh://git@h/o/n", "ssh://h:22/~/n", "http://127.0.0.1:1/o"])(
    "takes %s",
    (repository) => {
      expect(() => createGitTagsSource({ repository })).not.toThrow();
    },
  );

  it("sends the token to its origin only, and shows it nowhere", async () => {
    const token = "s3cr3t-t0ken";
    const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
    const seen: (string | null)[] = [];
    const other = await listen(async ({ headers }) => {
      seen.push(headers.get("authorization"));
      return gitAdvertisement([["HEAD", object]]);
    });
    const sent: (string | null)[] = [];
    const server = await listen(async ({ headers, url }) => {
      sent.push(headers.get("authorization"));
      return url.includes("/moved")
        ? new Response("", {
            status: 302,
            headers: { location: `${other.origin}/o/info/refs?service=git-upload-pack` },
          })
        : gitAdvertisement([
            ["HEAD", object],
            ["refs/tags/v1", object],
          ]);
    });
    expect(await all(createGitTagsSource({ repository: `${server.origin}/o`, token }).list())).toEqual([
      { raw: "v1", commit: object },
    ]);
    expect(sent).toEqual([`Basic ${basic}`]);
    const moved: unknown = await all(createGitTagsSource({ repository: `${server.origin}/moved`, token }).list()).catch(
      (e: unknown) => e,
    );
    expect(moved).toMatchObject({ code: "UNAVAILABLE" });
    expect(inspect(moved, { depth: 20, showHidden: true })).not.toMatch(new RegExp(`${token}|${basic}`));
    expect(seen).toEqual([]);
  });

  it("does not ask for a password that nobody gives", async () => {
    const server = await listen(
      async () => new Response("", { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }),
    );
    const source = createGitTagsSource({ repository: `${server.origin}/o` });
    await expect(all(source.list())).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it.each([
    [429, "RATE_LIMITED"],
    [500, "UNAVAILABLE"],
  ])("says what a %s means", async (status, code) => {
    const server = await listen(async () => new Response("", { status }));
    // The address must not be taken for a part of what Git says.
    const source = createGitTagsSource({ repository: `${server.origin}/returned-error:-403/not-authorized` });
    await expect(all(source.list())).rejects.toMatchObject({ code });
  });

  it("ends Git when it takes too long, says too much, or is cancelled", async () => {
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const silent = await listen(() => {
      asked();
      return new Promise<Response>(() => {});
    });
    // A clock whose time limit is over as soon as the server was asked.
    const clock = { now: () => "2026-01-01T00:00:00Z" as never, sleep: () => isAsked };
    const slow = createGitTagsSource({ repository: `${silent.origin}/o`, clock });
    await expect(all(slow.list())).rejects.toMatchObject({ code: "TIMEOUT" });
    const abort = new AbortController();
    const cancelled = all(createGitTagsSource({ repository: `${silent.origin}/o` }).list({ signal: abort.signal }));
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    const { url } = await createRepository({ "v1.0": "light" });
    const long = createGitTagsSource({ repository: url, protocols: ["file"], maxBytes: 10 });
    await expect(all(long.list())).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("leaves no process behind that waits for the server", async () => {
    let gone = (): void => {};
    const isGone = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const abort = new AbortController();
    const silent = await listen(({ signal }) => {
      signal.addEventListener("abort", gone);
      abort.abort();
      return new Promise<Response>(() => {});
    });
    const listing = createGitTagsSource({ repository: `${silent.origin}/o` }).list({ signal: abort.signal });
    await expect(all(listing)).rejects.toMatchObject({ code: "CANCELLED" });
    // The helper that holds the connection is a process of its own.
    await isGone;
  });

  it("is UNSUPPORTED without Git", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      await expect(all(createGitTagsSource({ repository: "https://127.0.0.1:1/o" }).list())).rejects.toMatchObject({
        code: "UNSUPPORTED",
      });
    } finally {
      process.env["PATH"] = path;
    }
  });
});
