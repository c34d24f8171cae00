import { addMs, BayplanError, type CallOptions, type CiAdapter, type RunStatus } from "@bayplan/core";
import {
  createGitHubSimulator,
  createVirtualClock,
  type GitHubSimulatorOptions,
  type SimulatedWorkflow,
  serve,
} from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import type { GitHubCiOptions } from "./ci-context.ts";
import { collect } from "./collect.ts";
import { createGitHubCi } from "./create-github-ci.ts";
import { testRequest, testToken } from "./testing/create-test-ci.ts";

const minuteMs = 60_000;

interface World {
  readonly workflow?: Partial<SimulatedWorkflow>;
  readonly simulator?: Partial<GitHubSimulatorOptions>;
}

function createWorld({ workflow = {}, simulator = {} }: World = {}) {
  const clock = createVirtualClock({ auto: true });
  const build: SimulatedWorkflow = {
    inputs: { image: { required: true, options: ["numpy"] }, bayplan_key: {} },
    runName: (inputs) => `Build ${inputs["image"]} [${inputs["bayplan_key"]}]`,
    run: ({ signal }) => clock.sleep(30 * minuteMs, { signal }),
    ...workflow,
  };
  const github = createGitHubSimulator({
    clock,
    token: testToken,
    repositories: { "o/n": { workflows: { "build.yml": build } } },
    ...simulator,
  });
  const createCi = (options: Partial<GitHubCiOptions> = {}): CiAdapter =>
    createGitHubCi({
      repository: "o/n",
      token: testToken,
      fetch: (url, init) => github.fetch(url, init),
      clock,
      throttle: false,
      ...options,
    });
  return { clock, github, ci: createCi(), createCi };
}

const statesOf = async (ci: CiAdapter, options: CallOptions = {}): Promise<readonly RunStatus[]> =>
  collect(ci.watch(await ci.dispatch(testRequest), options));

describe("a run's whole life on a simulated GitHub", () => {
  it("is dispatched, watched to its end and found again", async () => {
    const { ci, clock, github } = createWorld({ workflow: { startsAfterMs: 5 * minuteMs } });
    const endedAt = addMs(clock.now(), 35 * minuteMs);
    const run = await ci.dispatch(testRequest);
    expect(await collect(ci.watch(run))).toEqual([
      { state: "queued" },
      { state: "running" },
      { state: "completed", conclusion: "success" },
    ]);
    expect(await collect(ci.findRuns({ workflow: "build.yml", key: "bp-1" }))).toEqual([
      { run, status: { state: "completed", conclusion: "success" }, endedAt },
    ]);
    expect(await ci.dispatch(testRequest)).toMatchObject({ attempt: 2 });
    expect(github.runs.map(({ displayTitle }) => displayTitle)).toEqual([
      "Build numpy [bp-1.1]",
      "Build numpy [bp-1.2]",
    ]);
    expect(github.log.some(({ status }) => status === 304)).toBe(true);
  });

  it("waits for approval", async () => {
    const { ci, github } = createWorld({ workflow: { waitsForApproval: true } });
    const seen: string[] = [];
    for await (const { state } of ci.watch(await ci.dispatch(testRequest))) {
      seen.push(state);
      if (state === "waiting-for-approval") github.approve(github.runs[0]?.id ?? 0);
    }
    expect(seen.slice(-3)).toEqual(["waiting-for-approval", "running", "completed"]);
  });

  it("ends the wait when the run fails", async () => {
    const fails = { run: () => Promise.reject(new Error("tests failed")) };
    expect((await statesOf(createWorld({ workflow: fails }).ci)).at(-1)).toEqual({
      state: "completed",
      conclusion: "failure",
    });
  });

  it("is cancelled", async () => {
    const { ci, github } = createWorld();
    const run = await ci.dispatch(testRequest);
    await ci.cancel(run);
    await github.settled();
    expect((await collect(ci.watch(run))).at(-1)).toEqual({ state: "completed", conclusion: "cancelled" });
    await ci.cancel(run);
  });

  it("is one run for two coordinators at the same moment", async () => {
    const { createCi, github } = createWorld();
    const runs = await Promise.all([createCi().dispatch(testRequest), createCi().dispatch(testRequest)]);
    expect(runs[0]).toEqual(runs[1]);
    await github.settled();
    expect(github.runs.filter(({ conclusion }) => conclusion !== "cancelled")).toHaveLength(1);
  });

  it("is one run for two calls while GitHub's lists lag", async () => {
    const { ci, github } = createWorld({ simulator: { runsVisibleAfterMs: 10 * minuteMs } });
    expect(await ci.dispatch(testRequest)).toEqual(await ci.dispatch(testRequest));
    expect(github.runs).toHaveLength(1);
  });

  it("is found by its key on an older GitHub Enterprise Server", async () => {
    const { createCi, github } = createWorld({ simulator: { server: "ghes-3.19", runsVisibleAfterMs: 20_000 } });
    const ci = createCi({ baseUrl: "https://ghe.example/api/v3" });
    expect(await ci.dispatch(testRequest)).toMatchObject({ id: String(github.runs[0]?.id), attempt: 1 });
    expect(github.runs).toHaveLength(1);
  });

  it("is started under the API version that no longer knows return_run_details", async () => {
    const { createCi, github } = createWorld();
    await createCi({ apiVersion: "2026-03-10" }).dispatch(testRequest);
    expect(github.runs).toHaveLength(1);
  });

  it.each(["loseResponse", "reset"] as const)("survives %s of the dispatch without a second one", async (fault) => {
    const { ci, github } = createWorld();
    const effect = fault === "reset" ? { reset: true as const } : { loseResponse: true as const };
    const injected = github.inject({ match: { method: "POST" }, effect });
    const dispatched = ci.dispatch(testRequest);
    if (fault === "reset") await expect(dispatched).rejects.toMatchObject({ code: "UNAVAILABLE" });
    else expect(await dispatched).toMatchObject({ id: String(github.runs[0]?.id) });
    expect(injected.hits).toBe(1);
    expect(github.log.filter(({ method }) => method === "POST")).toHaveLength(1);
  });
});

describe("what GitHub refuses", () => {
  it.each<[string, World, Partial<typeof testRequest>, string]>([
    ["no trigger", { workflow: { dispatchable: false } }, {}, "INVALID_INPUT"],
    ["no such ref", {}, { ref: "nowhere" }, "INVALID_INPUT"],
    ["an undeclared input", {}, { inputs: { image: "numpy", more: "x" } }, "INVALID_INPUT"],
    ["a missing input", {}, { inputs: {} }, "INVALID_INPUT"],
    ["a value outside the list", {}, { inputs: { image: "scipy" } }, "INVALID_INPUT"],
    ["no such workflow", {}, { workflow: "other.yml" }, "NOT_FOUND"],
    ["another token", { simulator: { token: "other" } }, {}, "UNAUTHORIZED"],
    ["no budget", { simulator: { rateLimit: 0 } }, {}, "RATE_LIMITED"],
  ])("%s", async (_, world, change, code) => {
    const { ci, github } = createWorld(world);
    const error: unknown = await ci.dispatch({ ...testRequest, ...change }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BayplanError);
    expect(error).toMatchObject({ code });
    if (code === "RATE_LIMITED") expect((error as BayplanError).retryAfterMs).toBeGreaterThan(0);
    expect(github.runs).toEqual([]);
  });

  it("a missing permission", async () => {
    const { ci, github } = createWorld();
    github.setPermission("actions:write", false);
    await expect(ci.dispatch(testRequest)).rejects.toMatchObject({ code: "DENIED" });
  });

  it("a workflow whose run-name lacks the key", async () => {
    const { ci } = createWorld({ workflow: { runName: () => "Build" } });
    await expect(ci.dispatch(testRequest)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });
});

describe("over a socket", () => {
  it("works with the global fetch, throttling and the system clock, at the path of an Enterprise Server", async () => {
    const github = createGitHubSimulator({
      token: testToken,
      repositories: {
        "o/n": {
          workflows: {
            "build.yml": {
              inputs: { image: {}, bayplan_key: {} },
              runName: (inputs) => `[${inputs["bayplan_key"]}]`,
              run: async () => {},
            },
          },
        },
      },
    });
    const server = await serve((request) => github.fetch(request));
    try {
      const baseUrl = `${server.origin}/api/v3/`;
      const ci = createGitHubCi({ repository: "o/n", token: testToken, baseUrl, pollMs: { first: 10, max: 10 } });
      expect((await statesOf(ci)).at(-1)).toEqual({ state: "completed", conclusion: "success" });
    } finally {
      await server.close();
    }
  });
});
