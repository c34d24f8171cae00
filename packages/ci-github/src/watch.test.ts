import type { Run, RunStatus } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { createTestCi } from "./testing/create-test-ci.ts";
import type { FakeGitHub, FakeRun } from "./testing/fake-github.ts";
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
    const { ci } = createTestCi({ cancels: "any" });
    const run = { id: "../1", gitRepository: "o/n", url: "", attempt: 1 };
    await expect(watched(ci.watch(run))).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(ci.cancel({ ...run, id: "1", gitRepository: "o" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("watch: a run that was cancelled as a duplicate", () => {
  const request = { workflow: "build.yml", ref: "main", inputs: {}, key: "bp-1", attempt: 1 };
  const cancelledBy = (github: FakeGitHub, heir: Partial<FakeRun>): void => {
    Object.assign(github.runs[0] ?? {}, { status: "completed", conclusion: "cancelled" });
    github.add({ display_title: "[bp-1.1]", ...heir });
  };

  it("is followed in the one that is left", async () => {
    const { ci, github } = createTestCi();
    const run = await ci.dispatch(request);
    cancelledBy(github, { status: "completed", conclusion: "success" });
    expect(await watched(ci.watch(run))).toEqual([{ state: "completed", conclusion: "success" }]);
  });

  it.each<[string, Partial<FakeRun>]>([
    ["another key", { display_title: "[bp-2.1]", status: "in_progress" }],
    ["one that was cancelled too", { status: "completed", conclusion: "cancelled" }],
    ["one that failed", { status: "completed", conclusion: "failure" }],
  ])("is not followed in %s", async (_, heir) => {
    const { ci, github } = createTestCi();
    const run = await ci.dispatch(request);
    cancelledBy(github, heir);
    expect((await watched(ci.watch(run))).at(-1)).toEqual({ state: "completed", conclusion: "cancelled" });
  });

  it("is not followed in itself, where a list lags and still shows it running", async () => {
    const { ci, github } = createTestCi();
    const run = await ci.dispatch(request);
    const stale = { ...github.runs[0], status: "in_progress" };
    Object.assign(github.runs[0] ?? {}, { status: "completed", conclusion: "cancelled" });
    github.intercept = ({ url }) =>
      url.pathname.endsWith("/runs") && github.sent.length < 20
        ? json({ total_count: 1, workflow_runs: [stale] })
        : undefined;
    const { length } = github.sent;
    expect(await watched(ci.watch(run))).toEqual([{ state: "completed", conclusion: "cancelled" }]);
    expect(github.sent.length - length).toBe(2);
  });

  it("is not followed when it was cancelled here, or when nobody can say", async () => {
    const { ci, github } = createTestCi();
    const run = await ci.dispatch(request);
    cancelledBy(github, { status: "in_progress" });
    const { intercept } = github;
    github.intercept = ({ url }) => (url.pathname.endsWith("/runs") ? json({ message: "no" }, 403) : undefined);
    expect((await watched(ci.watch(run))).at(-1)).toEqual({ state: "completed", conclusion: "cancelled" });
    github.intercept = intercept;
    await ci.cancel(run);
    expect((await watched(ci.watch(run))).at(-1)).toEqual({ state: "completed", conclusion: "cancelled" });
  });
});

describe("rerunFailedJobs", () => {
  it("runs them again, and a watch then follows the new attempt through an answer that lags", async () => {
    const { ci, github } = createTestCi();
    const run = github.add({ status: "completed", conclusion: "failure", run_attempt: 1 });
    let reads = 0;
    github.intercept = ({ url, method }) => {
      if (method === "POST" && url.pathname.endsWith(`/runs/${run.id}/rerun-failed-jobs`)) return json({}, 201);
      reads += 1;
      if (reads === 4) Object.assign(run, { status: "in_progress", conclusion: null, run_attempt: 2 });
      if (reads === 5) Object.assign(run, { status: "completed", conclusion: "success" });
      return undefined;
    };
    const again = await ci.rerunFailedJobs(runOf(run));
    expect(await watched(ci.watch(again))).toEqual([
      { state: "running" },
      { state: "completed", conclusion: "success" },
    ]);
    await ci.cancel(again);
  });

  it("says that a run is too old for it", async () => {
    const { ci, github } = createTestCi();
    const run = github.add({ status: "completed", conclusion: "failure" });
    github.intercept = ({ method }) =>
      method === "POST" ? json({ message: "This workflow run cannot be retried" }, 403) : undefined;
    await expect(ci.rerunFailedJobs(runOf(run))).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

describe("cancel", () => {
  it("refuses a run that somebody else started, and cancels its own", async () => {
    const { ci, github } = createTestCi();
    await expect(ci.cancel(runOf(github.add()))).rejects.toMatchObject({ code: "NOT_ALLOWED" });
    expect(github.sent).toEqual([]);
    const own = await ci.dispatch({ workflow: "build.yml", ref: "main", inputs: {}, key: "bp-1", attempt: 1 });
    await ci.cancel(own);
    expect(github.runs.find(({ id }) => String(id) === own.id)).toMatchObject({ conclusion: "cancelled" });
  });

  it("refuses a run that it adopted", async () => {
    const { ci, github } = createTestCi();
    github.add({ display_title: "[bp-1.1]", status: "in_progress" });
    const adopted = await ci.dispatch({ workflow: "build.yml", ref: "main", inputs: {}, key: "bp-1", attempt: 1 });
    await expect(ci.cancel(adopted)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  });

  it("cancels, and is content with a run that is over", async () => {
    const { ci, github } = createTestCi({ cancels: "any" });
    const run = github.add();
    await ci.cancel(runOf(run));
    expect(run.conclusion).toBe("cancelled");
    await ci.cancel(runOf(run));
    await expect(ci.cancel({ ...runOf(run), id: "7" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
