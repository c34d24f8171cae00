import { describe, expect, it } from "vitest";
import { createTestCi, testRequest } from "./testing/create-test-ci.ts";
import { type FakeGitHub, json } from "./testing/fake-github.ts";

const dispatches = (github: FakeGitHub) => github.sent.filter(({ url }) => url.pathname.endsWith("/dispatches"));
const lostConnection = (): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNRESET" }) });

describe("dispatch", () => {
  it("starts a run and names it", async () => {
    const { ci, github } = createTestCi();
    const run = await ci.dispatch(testRequest);
    expect(run).toEqual({
      id: "101",
      gitRepository: "o/n",
      url: "https://github.com/o/n/actions/runs/101",
      attempt: 1,
    });
    expect(dispatches(github).map(({ body }) => body)).toEqual([
      { ref: "main", inputs: { image: "numpy", bayplan_key: "bp-1.1" }, return_run_details: true },
    ]);
    expect(dispatches(github)[0]?.headers).toMatchObject({ "x-github-api-version": "2022-11-28" });
  });

  it.each(["queued", "in_progress", "waiting", "pending"])("adopts a run that is %s", async (status) => {
    const { ci, github } = createTestCi();
    const { id } = github.add({ display_title: "x [bp-1.4]", status });
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: String(id), attempt: 4 });
    expect(dispatches(github)).toEqual([]);
  });

  it("starts the attempt after the newest completed one, on whatever page that is", async () => {
    const { ci, github } = createTestCi();
    github.add({ display_title: "[bp-1.7]", status: "completed", conclusion: "failure" });
    for (let count = 0; count < 250; count++) github.add({ status: "completed" });
    expect(await ci.dispatch(testRequest)).toMatchObject({ attempt: 8 });
    expect(await createTestCi().ci.dispatch({ ...testRequest, attempt: 5 })).toMatchObject({ attempt: 5 });
  });

  it("is not misled by a longer key", async () => {
    const { ci, github } = createTestCi();
    github.add({ display_title: "[bp-12.1]" });
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "102" });
  });

  it.each([
    ["one after another", 0],
    ["one after another, while lists lag", 300_000],
  ])("starts one run for two calls %s", async (_, listLagMs) => {
    const { ci, github } = createTestCi();
    github.listLagMs = listLagMs;
    const first = await ci.dispatch(testRequest);
    expect(await ci.dispatch(testRequest)).toEqual(first);
    expect(dispatches(github)).toHaveLength(1);
  });

  it("starts one run for calls at the same time, of one adapter", async () => {
    const { ci, github } = createTestCi();
    const runs = await Promise.all([ci.dispatch(testRequest), ci.dispatch(testRequest), ci.dispatch(testRequest)]);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(dispatches(github)).toHaveLength(1);
  });

  it("lets a second caller try when the first was cancelled", async () => {
    const { ci } = createTestCi();
    const abort = new AbortController();
    const first = ci.dispatch(testRequest, { signal: abort.signal });
    const second = ci.dispatch(testRequest);
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await second).toMatchObject({ id: "101" });
  });

  it.each([1, 2])("cancels its own duplicate when another coordinator was first, with attempt %i", async (attempt) => {
    const { ci, github } = createTestCi();
    const display_title = `[bp-1.${attempt}]`;
    github.afterDispatch = () => void github.add({ id: 50, display_title, status: "in_progress" });
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "50" });
    expect(github.runs.find(({ id }) => id === 101)).toMatchObject({ conclusion: "cancelled" });
  });

  it("keeps its own run when the other is later, of another key, or already lost", async () => {
    const { ci, github } = createTestCi();
    github.afterDispatch = () => {
      github.add({ id: 51, display_title: "[bp-1.1]", status: "completed", conclusion: "cancelled" });
      github.add({ id: 52, display_title: "[bp-2.1]" });
      github.add({ id: 53, display_title: "[bp-1.2]", status: "completed", conclusion: "success" });
      github.add({ id: 150, display_title: "[bp-1.1]" });
      return undefined;
    };
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "101" });
    expect(github.runs.find(({ id }) => id === 101)).toMatchObject({ status: "queued" });
  });

  it("looks until its own run is listed, so that an older one that is listed late still wins", async () => {
    const { ci, github } = createTestCi();
    github.listLagMs = 20_000;
    github.afterDispatch = () => void github.add({ id: 50, display_title: "[bp-1.1]", status: "in_progress" });
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "50" });
    expect(github.runs.find(({ id }) => id === 101)).toMatchObject({ conclusion: "cancelled" });
  });

  it("does not ask for the run's id where every answer has it", async () => {
    const { ci, github } = createTestCi({ apiVersion: "2026-03-10" });
    github.intercept = ({ method, url }) =>
      method === "POST" && url.pathname.endsWith("/dispatches")
        ? json({ workflow_run_id: github.add({ display_title: "[bp-1.1]" }).id, run_url: "x", html_url: "https://x/" })
        : undefined;
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "101" });
    const sent = dispatches(github)[0];
    expect(sent?.body).not.toHaveProperty("return_run_details");
    expect(sent?.headers["x-github-api-version"]).toBe("2026-03-10");
  });

  it("keeps its run when the second look fails", async () => {
    const { ci, github } = createTestCi();
    github.intercept = ({ method }) => (method === "GET" && github.runs.length > 0 ? json({}, 500) : undefined);
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "101" });
  });

  it.each([
    [400, "Invalid request"],
    [422, 'Invalid request. "return_run_details" is not a permitted key.'],
  ])("does without run details where they are refused by %s, and remembers it", async (status, message) => {
    const { ci, github } = createTestCi();
    github.listLagMs = 5000;
    github.intercept = ({ body }) => (body["return_run_details"] === true ? json({ message }, status) : undefined);
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "101", attempt: 1 });
    expect(await ci.dispatch({ ...testRequest, key: "bp-2" })).toMatchObject({ id: "102" });
    expect(dispatches(github).map(({ body }) => body["return_run_details"])).toEqual([true, undefined, undefined]);
  });

  it("reports a 400 that has another reason", async () => {
    const { ci, github } = createTestCi();
    github.intercept = ({ method }) =>
      method === "POST" ? json({ message: "Problems parsing JSON" }, 400) : undefined;
    await expect(ci.dispatch(testRequest)).rejects.toMatchObject({ code: "INVALID_INPUT", status: 400 });
  });

  it("says so when no run shows the key, and gives up in time", async () => {
    const { ci, github, clock } = createTestCi();
    github.nameOf = () => "build";
    const start = Date.parse(clock.now());
    await expect(ci.dispatch(testRequest)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
    expect(Date.parse(clock.now()) - start).toBe(60_000);
    github.afterDispatch = () => new Response(null, { status: 204 });
    await expect(ci.dispatch({ ...testRequest, key: "bp-2" })).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("finds the run of a dispatch whose answer was lost, and never sends it twice", async () => {
    const { ci, github } = createTestCi();
    github.listLagMs = 20_000;
    github.afterDispatch = lostConnection;
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "101" });
    expect(dispatches(github)).toHaveLength(1);
  });

  it.each([
    ["a lost connection", lostConnection],
    ["a 502", () => json({ message: "Bad gateway" }, 502)],
  ])("is UNAVAILABLE when nothing started after %s", async (_, fault) => {
    const { ci, github } = createTestCi();
    github.intercept = ({ method }) => (method === "POST" ? (fault() as Response) : undefined);
    await expect(ci.dispatch(testRequest)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(dispatches(github)).toHaveLength(1);
  });

  it("keeps looking for a lost dispatch while GitHub is away, and says what is known when it stays away", async () => {
    const { ci, github, clock } = createTestCi();
    github.afterDispatch = lostConnection;
    const backAt = Date.parse(clock.now()) + 20_000;
    const isAway = (): boolean => github.runs.length > 0 && Date.parse(clock.now()) < backAt;
    github.intercept = () => (isAway() ? json({}, 503) : undefined);
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: "101" });
    github.intercept = ({ method }) => (github.runs.length > 1 && method === "GET" ? json({}, 503) : undefined);
    await expect(ci.dispatch({ ...testRequest, key: "bp-2" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("bp-2"),
    });
    expect(dispatches(github)).toHaveLength(2);
  });

  it("ends when cancelled", async () => {
    const { ci, github } = createTestCi();
    const abort = new AbortController();
    github.intercept = ({ method }) => (method === "POST" ? new Promise(() => abort.abort()) : undefined);
    await expect(ci.dispatch(testRequest, { signal: abort.signal })).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(ci.dispatch(testRequest, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });

  it("sends nothing that GitHub would refuse", async () => {
    const { ci, github } = createTestCi();
    await expect(ci.dispatch({ ...testRequest, workflow: "x" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(github.sent).toEqual([]);
  });
});
