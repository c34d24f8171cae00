import { inspect } from "node:util";
import type { CiAdapter } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { collect } from "./collect.ts";
import { createGitHubCi } from "./create-github-ci.ts";
import { createTestCi, testRequest, testToken } from "./testing/create-test-ci.ts";
import { json } from "./testing/fake-github.ts";

const list = (ci: CiAdapter, options = {}) => collect(ci.findRuns({ workflow: "build.yml", key: "bp-1" }, options));
const broken = (): Response => {
  const body = new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) });
  return new Response(body, { headers: { "content-type": "application/json" } });
};

describe("the one retry layer", () => {
  it.each<[string, () => Response | Error]>([
    ["503", () => json({}, 503)],
    ["a lost connection", () => new TypeError("fetch failed")],
    ["a body that breaks off", broken],
  ])("repeats a GET after %s, with growing pauses", async (_, fault) => {
    const { ci, github, clock } = createTestCi();
    const start = Date.parse(clock.now());
    github.intercept = () => (github.sent.length <= 3 ? fault() : undefined);
    expect(await list(ci)).toEqual([]);
    expect(github.sent).toHaveLength(4);
    expect(Date.parse(clock.now()) - start).toBe(7000);
  });

  it("gives up after four attempts", async () => {
    const { ci, github } = createTestCi();
    github.intercept = () => new TypeError("fetch failed");
    await expect(list(ci)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(github.sent).toHaveLength(4);
  });

  it("waits as long as a 503 asks, within bounds", async () => {
    const { ci, github, clock } = createTestCi();
    const start = Date.parse(clock.now());
    github.intercept = () => (github.sent.length === 1 ? json({}, 503, { "retry-after": "20" }) : undefined);
    await list(ci);
    expect(Date.parse(clock.now()) - start).toBe(20_000);
    github.intercept = () => json({}, 503, { "retry-after": "3600" });
    await expect(list(ci)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(github.sent).toHaveLength(3);
  });

  it.each([401, 403, 404, 409, 422, 429])("does not repeat after %s", async (status) => {
    const { ci, github } = createTestCi();
    github.intercept = () => json({ message: "no" }, status);
    await expect(list(ci)).rejects.toMatchObject({ status });
    expect(github.sent).toHaveLength(1);
  });

  it("stops at once when cancelled, also when fetch does not", async () => {
    const { ci, github } = createTestCi();
    const abort = new AbortController();
    github.intercept = () => new Promise(() => abort.abort());
    await expect(list(ci, { signal: abort.signal })).rejects.toMatchObject({ code: "CANCELLED" });
    expect(github.sent).toHaveLength(1);
  });
});

describe("the fence around the token", () => {
  it("follows a renamed repository on the same origin", async () => {
    const { ci, github } = createTestCi();
    github.intercept = ({ url }) =>
      url.pathname.startsWith("/repositories/1/")
        ? json({ total_count: 0, workflow_runs: [] })
        : new Response(null, { status: 301, headers: { location: "/repositories/1/actions" } });
    expect(await list(ci)).toEqual([]);
    expect(github.sent[1]?.headers["authorization"]).toContain(testToken);
  });

  it.each(["https://elsewhere.example/x", "http://api.github.com/x", "//elsewhere.example/x"])(
    "does not go to %s",
    async (location) => {
      const { ci, github } = createTestCi({ cancels: "any" });
      github.intercept = () => new Response(null, { status: 307, headers: { location } });
      await expect(list(ci)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
      await expect(ci.cancel({ id: "1", gitRepository: "o/n", url: "", attempt: 1 })).rejects.toMatchObject({
        code: "RESPONSE_INVALID",
      });
      expect(github.sent.every(({ url }) => url.origin === "https://api.github.com")).toBe(true);
    },
  );

  it("does not turn in circles", async () => {
    const { ci, github } = createTestCi();
    github.intercept = () => new Response(null, { status: 302, headers: { location: "/a" } });
    await expect(list(ci)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
    expect(github.sent).toHaveLength(6);
  });

  it.each<[string, () => Response | Error]>([
    ["an error that quotes it", () => json({ message: `bad token ${testToken}` }, 403)],
    ["a failure that quotes it", () => new TypeError(`invalid header: token ${testToken}`)],
    ["a malformed answer that quotes it", () => json({ total_count: testToken })],
  ])("keeps the token out of %s", async (_, fault) => {
    const { ci, github } = createTestCi();
    github.intercept = fault;
    for (const failing of [list(ci), ci.dispatch(testRequest)]) {
      const error: unknown = await failing.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(testToken);
    }
    expect(inspect(ci, { depth: 20, showHidden: true })).not.toContain(testToken);
  });

  it.each(["", " ", "ghp_x\n", undefined])("refuses the token %j before anything is sent", (token) => {
    const options = { repository: "o/n", token } as { repository: string; token: string };
    expect(() => createGitHubCi(options)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it.each([
    { repository: "o" },
    { baseUrl: "api.github.com" },
    { baseUrl: "http://ghe.example/api/v3" },
    { baseUrl: "https://user:pass@ghe.example/api/v3" },
    { keyInput: "a b" },
    { findWithinMs: Number.NaN },
    { pollMs: { first: -1 } },
  ])("refuses the option %j", (options) => {
    const create = () => createTestCi(options);
    expect(create).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
