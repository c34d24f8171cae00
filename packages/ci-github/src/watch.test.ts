import type { Run, RunStatus } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { createTestCi } from "./testing/create-test-ci.ts";
import type { FakeRun } from "./testing/fake-github.ts";
import { json } from "./testing/fake-github.ts";

const runOf = ({ id, html_url }: FakeRun): Run => ({ id: String(id), gitRepository: "o/n", url: html_url, attempt: 1 });

async function watched(statuses: AsyncIterable<RunStatus>, onStatus: (status: RunStatus) => void = () => {}) {
  const seen: RunStatus[] = [];
  for await (const status of statuses) {
    seen.push(status);
    onStatus(status);
  }
  return seen;
}

describe("watch", () => {
  it("yields each change once, reading conditionally and ever less often", async () => {
    const { ci, github, clock } = createTestCi();
    const run = github.add();
    const times: number[] = [];
    const statusAt = ["queued", "queued", "waiting", "in_progress", ...Array<string>(10).fill("in_progress")];
    github.intercept = () => {
      times.push(Date.parse(clock.now()) / 1000);
      const status = statusAt.shift();
      Object.assign(run, status === undefined ? { status: "completed", conclusion: "timed_out" } : { status });
      return undefined;
    };
    expect(await watched(ci.watch(runOf(run)))).toEqual([
      { state: "queued" },
      { state: "waiting-for-approval" },
      { state: "running" },
      { state: "completed", conclusion: "timed-out" },
    ]);
    const pauses = times.slice(1).map((time, index) => Math.floor(time - (times[index] ?? 0)));
    expect(pauses.slice(0, 3)).toEqual([10, 15, 10]);
    expect(pauses.at(-1)).toBe(60);
    expect(github.sent.filter(({ headers }) => headers["if-none-match"] !== undefined)).toHaveLength(times.length - 1);
  });

  it("waits for a run that is not shown yet", async () => {
    const { ci, github } = createTestCi();
    const run = github.add({ status: "completed", conclusion: "success" });
    let missing = 3;
    github.intercept = () => (missing-- > 0 ? json({ message: "Not Found" }, 404) : undefined);
    expect(await watched(ci.watch(runOf(run)))).toEqual([{ state: "completed", conclusion: "success" }]);
  });

  it("gives up on a run that never shows, and at once on one that vanished", async () => {
    const { ci, github, clock } = createTestCi();
    const start = Date.parse(clock.now());
    const nowhere = { id: "7", gitRepository: "o/n", url: "", attempt: 1 };
    await expect(watched(ci.watch(nowhere))).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(Date.parse(clock.now()) - start).toBeGreaterThanOrEqual(60_000);
    const seenUntil = github.sent.length;
    const run = github.add();
    const watching = watched(ci.watch(runOf(run)), () => github.runs.splice(0));
    await expect(watching).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(github.sent.length - seenUntil).toBe(2);
  });

  it("ends when cancelled, also while waiting", async () => {
    const { ci, github } = createTestCi();
    const abort = new AbortController();
    const watching = watched(ci.watch(runOf(github.add()), { signal: abort.signal }), () => abort.abort());
    await expect(watching).rejects.toMatchObject({ code: "CANCELLED" });
    expect(github.sent).toHaveLength(1);
  });

  it("refuses a run that is not GitHub's", async () => {
    const { ci } = createTestCi();
    const run = { id: "../1", gitRepository: "o/n", url: "", attempt: 1 };
    await expect(watched(ci.watch(run))).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(ci.cancel({ ...run, id: "1", gitRepository: "o" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("cancel", () => {
  it("cancels, and is content with a run that is over", async () => {
    const { ci, github } = createTestCi();
    const run = github.add();
    await ci.cancel(runOf(run));
    expect(run.conclusion).toBe("cancelled");
    await ci.cancel(runOf(run));
    await expect(ci.cancel({ ...runOf(run), id: "7" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
