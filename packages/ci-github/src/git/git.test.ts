import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitsSince } from "./commits-since.ts";
import { nearestRelease } from "./nearest-release.ts";

const root = mkdtempSync(join(tmpdir(), "bayplan-git-"));
const directory = join(root, "clone");
afterAll(() => rmSync(root, { recursive: true, force: true }));

const author = {
  GIT_AUTHOR_NAME: 'A, "B" C',
  GIT_AUTHOR_EMAIL: "a@example.invalid",
  GIT_COMMITTER_NAME: "C",
  GIT_COMMITTER_EMAIL: "c@example.invalid",
};
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", directory, ...args], { encoding: "utf8", env: { ...process.env, ...author } }).trim();
const shas: string[] = [];
const commit = (message: string): void => {
  git("commit", "--allow-empty", "--no-gpg-sign", "-m", message);
  shas.push(git("rev-parse", "HEAD"));
};

beforeAll(() => {
  execFileSync("git", ["init", "-q", "-b", "main", directory]);
  commit("first");
  git("tag", "v0.9.0");
  commit("::error::x\x1b[31m\n\nbody");
  // The pre-release is tagged last, and annotated; git describe would take it.
  git("tag", "v1.0.0");
  git("tag", "nightly, or not".replace(/[, ]+/g, "-"));
  git("tag", "-a", "-m", "x", "v1.0.1-rc.1");
  commit("%H <b> | `id`");
  git("tag", "not-a-version");
  commit("last");
});

describe("nearestRelease", () => {
  it("takes the highest release of the nearest tagged commit, not the newest tag", async () => {
    expect(await nearestRelease({ directory })).toMatchObject({
      state: "found",
      version: { raw: "v1.0.0" },
      sha: shas[1],
      distance: 2,
    });
    expect(await nearestRelease({ directory, commit: shas[1] ?? "" })).toMatchObject({ distance: 0 });
    expect(await nearestRelease({ directory, commit: shas[0] ?? "" })).toMatchObject({ version: { raw: "v0.9.0" } });
  });

  it("tells none, a shallow clone and a missing commit apart", async () => {
    const bare = join(root, "bare");
    execFileSync("git", ["init", "-q", "-b", "main", bare]);
    execFileSync("git", ["-C", bare, "fetch", "-q", "--no-tags", directory, "main"]);
    execFileSync("git", ["-C", bare, "update-ref", "refs/heads/main", "FETCH_HEAD"]);
    expect(await nearestRelease({ directory: bare })).toEqual({ state: "none" });
    const shallow = join(root, "shallow");
    execFileSync("git", ["clone", "-q", "--depth", "1", `file://${directory}`, shallow]);
    expect(await nearestRelease({ directory: shallow })).toMatchObject({ state: "unknown" });
    expect(await nearestRelease({ directory, commit: "f".repeat(40) })).toMatchObject({ state: "unknown" });
    expect(await commitsSince({ directory: shallow, since: shas[0] ?? "" })).toMatchObject({ state: "unknown" });
  });

  it("refuses what is no sha, and a directory that is no clone is unknown", async () => {
    await expect(nearestRelease({ directory, commit: "--all" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(await nearestRelease({ directory: root })).toMatchObject({ state: "unknown" });
    const gone = join(root, "gone");
    await expect(nearestRelease({ directory: gone })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("commitsSince", () => {
  it("lists what is new, newest first, whatever stands in the messages", async () => {
    const found = await commitsSince({ directory, since: shas[0] ?? "" });
    expect(found).toMatchObject({ state: "known", isShortened: false });
    const commits = found.state === "known" ? found.commits : [];
    expect(commits.map(({ sha }) => sha)).toEqual([shas[3], shas[2], shas[1]]);
    expect(commits.map(({ subject }) => subject)).toEqual(["last", "%H <b> | `id`", "::error::x\x1b[31m"]);
    expect(commits[0]).toMatchObject({ author: 'A, "B" C', committedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
  });

  it("says when it was cut short, and knows nothing new from nothing known", async () => {
    expect(await commitsSince({ directory, since: shas[0] ?? "", maxCommits: 2 })).toMatchObject({ isShortened: true });
    const none = await commitsSince({ directory, since: shas[3] ?? "" });
    expect(none).toEqual({ state: "known", commits: [], isShortened: false });
    expect(await commitsSince({ directory, since: "f".repeat(40) })).toMatchObject({ state: "unknown" });
    const rewritten = await commitsSince({ directory, since: shas[3] ?? "", until: shas[1] ?? "" });
    expect(rewritten).toMatchObject({ state: "unknown" });
  });

  it.each(["HEAD~1", "--output=x", ""])("refuses %j", async (since) => {
    await expect(commitsSince({ directory, since })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("ends when cancelled", async () => {
    const signal = AbortSignal.abort();
    await expect(commitsSince({ directory, since: shas[0] ?? "", signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });
});
