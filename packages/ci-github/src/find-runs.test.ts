import { describe, expect, it } from "vitest";
import { collect } from "./collect.ts";
import { createTestCi } from "./testing/create-test-ci.ts";
import { json } from "./testing/fake-github.ts";

const query = { workflow: "build.yml", key: "bp-1" };
const hoursAgo = (hours: number): string => new Date(Date.UTC(2026, 0, 1) - hours * 3_600_000).toISOString();

describe("findRuns", () => {
  it("gives the newest attempt first, from all pages", async () => {
    const { ci, github } = createTestCi();
    github.add({ display_title: "[bp-1.1]", status: "completed", conclusion: "failure", created_at: hoursAgo(9) });
    for (let count = 0; count < 150; count++) github.add({ created_at: hoursAgo(5), display_title: "[bp-12.1]" });
    github.add({ display_title: "[bp-1.2]", status: "in_progress", created_at: hoursAgo(1) });
    expect(await collect(ci.findRuns(query))).toEqual([
      { run: expect.objectContaining({ attempt: 2 }), status: { state: "running" } },
      { run: expect.objectContaining({ attempt: 1 }), status: { state: "completed", conclusion: "failure" } },
    ]);
    expect(github.sent.map(({ url }) => url.searchParams.get("page"))).toEqual(["1", "2"]);
    expect(github.sent[0]?.url.searchParams.get("event")).toBe("workflow_dispatch");
  });

  it("tells when runs ended, where GitHub does", async () => {
    const { ci, github } = createTestCi();
    const run = (attempt: number, status: string, updatedAt?: string) =>
      github.add({
        display_title: `[bp-1.${attempt}]`,
        status,
        ...(updatedAt === undefined ? {} : { updated_at: updatedAt }),
      });
    run(1, "completed", "2026-01-01T02:00:00+01:00");
    run(2, "completed", "soon");
    run(3, "completed");
    run(4, "in_progress", "2026-01-01T00:00:00Z");
    const found = await collect(ci.findRuns(query));
    expect(found.map(({ endedAt }) => endedAt)).toEqual([undefined, undefined, undefined, "2026-01-01T01:00:00Z"]);
  });

  it("asks for no more pages than are used", async () => {
    const { ci, github } = createTestCi();
    for (let count = 0; count < 300; count++) github.add({ display_title: "[bp-1.1]" });
    for await (const { run } of ci.findRuns(query)) {
      expect(run.attempt).toBe(1);
      break;
    }
    expect(github.sent).toHaveLength(1);
  });

  it("looks beyond the thousand runs at which GitHub cuts a search off, but not beyond its window", async () => {
    const { ci, github } = createTestCi();
    for (let count = 0; count < 2400; count++) github.add({ created_at: hoursAgo(count / 10) });
    github.add({ display_title: "[bp-1.3]", created_at: hoursAgo(241) });
    github.add({ display_title: "[bp-1.1]", created_at: hoursAgo(36 * 24) });
    const found = await collect(ci.findRuns(query));
    expect(found.map(({ run }) => run.attempt)).toEqual([3]);
  });

  it("fails rather than calling a list whole that was cut off", async () => {
    const { ci, github } = createTestCi();
    for (let count = 0; count < 1100; count++) github.add({ created_at: hoursAgo(1) });
    await expect(collect(ci.findRuns(query))).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("asks for no page beyond those that GitHub gives, whatever Link says", async () => {
    const { ci, github } = createTestCi();
    github.intercept = () => json({ total_count: 0, workflow_runs: [] }, 200, { link: '<https://x>; rel="next"' });
    await expect(collect(ci.findRuns(query))).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
    expect(github.sent).toHaveLength(10);
  });

  it.each([
    ["an empty body", () => new Response("", { headers: { "content-type": "application/json" } })],
    ["no JSON", () => new Response("{", { headers: { "content-type": "application/json" } })],
    ["a web page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["a run without a status", () => json({ total_count: 1, workflow_runs: [{ id: 1 }] })],
    ["a redirect without a target", () => new Response(null, { status: 302 })],
  ])("is RESPONSE_INVALID for %s", async (_, answer) => {
    const { ci, github } = createTestCi();
    github.intercept = answer;
    await expect(collect(ci.findRuns(query))).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("refuses a key that could never have been dispatched", async () => {
    await expect(collect(createTestCi().ci.findRuns({ ...query, key: "a b" }))).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});
