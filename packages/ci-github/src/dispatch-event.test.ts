import { describe, expect, it } from "vitest";
import { checkEvent, type EventRequest } from "./check-event.ts";
import { createTestCi } from "./testing/create-test-ci.ts";
import { json } from "./testing/fake-github.ts";

const request: EventRequest = {
  eventType: "relay-updated",
  payload: { relay: { ref: "main", sha: "a".repeat(40) } },
  workflow: "build.yml",
  key: "bp-1",
  attempt: 1,
};
const problemsOf = (change: object): readonly string[] => {
  try {
    checkEvent({ ...request, ...change }, { gitRepository: "o/n", keyInput: "bayplan_key" });
    return [];
  } catch (error) {
    return (error as { problems: readonly { path: string }[] }).problems.map(({ path }) => path);
  }
};
const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, index]));
const deep = (depth: number): object => (depth === 0 ? {} : { a: deep(depth - 1) });

describe("dispatchEvent", () => {
  it("sends the payload with the key and finds the run by it, among others and late", async () => {
    const { ci, github } = createTestCi();
    github.add({ display_title: "build [bp-9.1]", event: "repository_dispatch", status: "in_progress" });
    github.add({ display_title: "build [bp-1.1]", status: "in_progress" });
    github.listLagMs = 20_000;
    const run = await ci.dispatchEvent(request);
    expect(run).toMatchObject({ id: "103", attempt: 1, gitRepository: "o/n" });
    expect(github.sent.filter(({ method }) => method === "POST").map(({ body }) => body)).toEqual([
      { event_type: "relay-updated", client_payload: { ...request.payload, bayplan_key: "bp-1.1" } },
    ]);
    await ci.cancel(run);
  });

  it("adopts a run in flight, and starts the next attempt after one that failed", async () => {
    const { ci, github } = createTestCi();
    const run = github.add({ display_title: "[bp-1.1]", event: "repository_dispatch", status: "in_progress" });
    expect(await ci.dispatchEvent(request)).toMatchObject({ id: String(run.id) });
    Object.assign(run, { status: "completed", conclusion: "failure" });
    expect(await ci.dispatchEvent(request)).toMatchObject({ attempt: 2 });
  });

  it("looks for the run when the answer was lost, and never sends twice", async () => {
    const { ci, github } = createTestCi();
    github.afterDispatch = () => new TypeError("fetch failed");
    expect(await ci.dispatchEvent(request)).toMatchObject({ id: "101" });
    github.intercept = ({ method }) => (method === "POST" ? json({}, 502) : undefined);
    await expect(ci.dispatchEvent({ ...request, key: "bp-2" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(github.sent.filter(({ method }) => method === "POST")).toHaveLength(2);
  });

  it("says where the key must be shown, and which permission is missing", async () => {
    const { ci, github } = createTestCi();
    github.nameOf = () => "build";
    await expect(ci.dispatchEvent(request)).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      message: expect.stringContaining("github.event.client_payload.bayplan_key"),
    });
    github.intercept = ({ method }) =>
      method === "POST" ? json({ message: "Resource not accessible" }, 403) : undefined;
    await expect(ci.dispatchEvent({ ...request, key: "bp-2" })).rejects.toMatchObject({
      code: "DENIED",
      message: expect.stringContaining("contents: write"),
    });
  });

  it("sends nothing that GitHub would refuse", async () => {
    const { ci, github } = createTestCi();
    await expect(ci.dispatchEvent({ ...request, eventType: "" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(github.sent).toEqual([]);
  });
});

describe("checkEvent", () => {
  it.each<[object, readonly string[]]>([
    [{}, []],
    [{ eventType: "x".repeat(100), payload: wide(9) }, []],
    [{ eventType: "x".repeat(101) }, ["eventType"]],
    [{ eventType: "  " }, ["eventType"]],
    [{ eventType: "a\nb" }, ["eventType"]],
    [{ payload: wide(10) }, ["payload"]],
    [{ payload: { bayplan_key: "mine" } }, ["payload.bayplan_key"]],
    [{ payload: { a: "x".repeat(65_300) } }, []],
    [{ payload: { a: "x".repeat(65_535) } }, ["payload"]],
    [{ payload: { a: "é".repeat(40_000) } }, ["payload"]],
    [{ payload: { a: { b: Number.NaN } } }, ["payload.a.b"]],
    [{ payload: { a: [undefined] } }, ["payload.a.0"]],
    [{ payload: { a: new Date() } }, ["payload.a"]],
    [{ payload: { a: () => {} } }, ["payload.a"]],
    [{ payload: deep(20) }, []],
    [{ payload: null }, ["payload"]],
    [{ payload: [] }, ["payload"]],
    [
      { eventType: "", payload: wide(12), workflow: "x", key: "", attempt: 0, gitRepository: "o" },
      ["workflow", "key", "attempt", "gitRepository", "eventType", "payload"],
    ],
  ])("lists all problems of %j", (change, paths) => {
    expect(problemsOf(change)).toEqual(paths);
  });

  it("refuses a payload without an end", () => {
    const endless: Record<string, unknown> = {};
    endless["self"] = endless;
    expect(problemsOf({ payload: endless })).toHaveLength(1);
    expect(problemsOf({ payload: deep(40) })).toHaveLength(1);
  });
});
