import type { BayplanError } from "@bayplan/core";
import { createGitHubSimulator, createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { collect } from "./collect.ts";
import { createGitHubCi } from "./create-github-ci.ts";
import { createTestCi, testRequest, testToken } from "./testing/create-test-ci.ts";
import type { FakeGitHub, FakeRun } from "./testing/fake-github.ts";
import { json } from "./testing/fake-github.ts";

const rerunPath = /\/rerun-failed-jobs$/;

describe("a re-run whose answer is lost, on a simulated GitHub", () => {
  /** A run whose only job failed the first time and is fine the second. */
  async function openFailed() {
    const clock = createVirtualClock({ auto: true });
    let failures = 1;
    const run = async () => {
      failures -= 1;
      if (failures >= 0) throw new Error("the registry was away");
    };
    const github = createGitHubSimulator({
      clock,
      token: testToken,
      repositories: {
        "o/n": {
          workflows: {
            "build.yml": {
              inputs: { image: {}, bayplan_key: {} },
              runName: (inputs) => `[${inputs["bayplan_key"]}]`,
              jobs: { build: { run } },
            },
          },
        },
      },
    });
    const ci = createGitHubCi({
      repository: "o/n",
      token: testToken,
      fetch: (url, init) => github.fetch(url, init),
      clock,
      throttle: false,
    });
    const failed = await ci.dispatch(testRequest);
    await collect(ci.watch(failed));
    const reruns = () => github.log.filter(({ method, path }) => method === "POST" && rerunPath.test(path));
    return { ci, clock, github, failed, reruns };
  }

  it("is found by its attempt, followed, and never sent twice", async () => {
    const { ci, github, failed, reruns } = await openFailed();
    const injected = github.inject({ match: { path: rerunPath }, effect: { loseResponse: true } });
    const again = await ci.rerunFailedJobs(failed);
    expect(injected.hits).toBe(1);
    expect((await collect(ci.watch(again))).at(-1)).toEqual({ state: "completed", conclusion: "success" });
    expect(github.runs.map(({ runAttempt }) => runAttempt)).toEqual([2]);
    expect(reruns()).toHaveLength(1);
    await ci.cancel(again);
  });

  it("is found although GitHub cannot be asked at first", async () => {
    const { ci, github, failed, reruns } = await openFailed();
    github.inject({ match: { path: rerunPath }, effect: { loseResponse: true } });
    const away = github.inject({
      match: { method: "GET", path: /\/runs\/\d+$/ },
      after: 1,
      times: 8,
      effect: { status: 503 },
    });
    expect(await ci.rerunFailedJobs(failed)).toEqual(failed);
    expect(away.hits).toBe(8);
    expect(reruns()).toHaveLength(1);
  });

  it.each([
    ["the connection", { reset: true }, undefined],
    ["a gateway", { status: 502 }, 502],
  ] as const)("is the error of %s where no attempt began", async (_, effect, status) => {
    const { ci, github, failed } = await openFailed();
    const injected = github.inject({ match: { path: rerunPath }, times: Number.POSITIVE_INFINITY, effect });
    const error: unknown = await ci.rerunFailedJobs(failed).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNAVAILABLE" });
    expect([(error as BayplanError).status, (error as BayplanError).cause]).toEqual([status, undefined]);
    expect(injected.hits).toBe(1);
    expect(github.runs.map(({ runAttempt }) => runAttempt)).toEqual([1]);
  });

  it("is nobody's guess where GitHub stays away: not sent again, and said so", async () => {
    const { ci, github, failed, reruns } = await openFailed();
    github.inject({ match: { path: rerunPath }, effect: { loseResponse: true } });
    const effect = { status: 503 };
    github.inject({ match: { method: "GET" }, after: 1, times: Number.POSITIVE_INFINITY, effect });
    const error: unknown = await ci.rerunFailedJobs(failed).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNAVAILABLE", cause: { code: "UNAVAILABLE" } });
    expect(reruns()).toHaveLength(1);
  });

  it("is not looked for when GitHub refused it", async () => {
    const { ci, github, failed } = await openFailed();
    await collect(ci.watch(await ci.rerunFailedJobs(failed)));
    const { length } = github.log;
    await expect(ci.rerunFailedJobs(failed)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(github.log.slice(length).map(({ method }) => method)).toEqual(["GET", "POST"]);
  });
});

describe("a re-run whose answer is lost, where reading the run", () => {
  const failed = { status: "completed", conclusion: "failure", run_attempt: 3 };

  type OnLook = (look: number, run: FakeRun) => Response | undefined;

  /** Loses the answer to the re-run; `onLook` is called before every later reading, with its number from 1. */
  function lose(github: FakeGitHub, run: FakeRun, onLook: OnLook): void {
    let looks = 0;
    let isSent = false;
    github.intercept = ({ method }) => {
      if (method === "POST") {
        isSent = true;
        return new TypeError("fetch failed");
      }
      if (!isSent) return undefined;
      looks += 1;
      return onLook(looks, run);
    };
  }
  const posts = (github: FakeGitHub) => github.sent.filter(({ method }) => method === "POST").length;
  const runOf = (id: number) => ({ id: String(id), gitRepository: "o/n", url: "", attempt: 1 });

  it("lags, looks until the attempt shows", async () => {
    const { ci, github } = createTestCi();
    const run = github.add(failed);
    lose(github, run, (look) => {
      if (look === 4) Object.assign(run, { status: "queued", conclusion: null, run_attempt: 4 });
      return undefined;
    });
    expect(await ci.rerunFailedJobs(runOf(run.id))).toEqual(runOf(run.id));
    expect(posts(github)).toBe(1);
  });

  it.each<[string, OnLook]>([
    [
      "shows one in flight with the old attempt",
      (_, run) => {
        run.status = "queued";
        return undefined;
      },
    ],
    [
      "tells no attempt",
      (_, run) => {
        delete run.run_attempt;
        return undefined;
      },
    ],
    ["breaks off at the end", (look) => (look > 2 ? json({}, 503) : undefined)],
    ["is refused", () => json({ message: "Not Found" }, 404)],
    ["gives another document", () => json({ id: "x" })],
  ])("%s, does not say that nothing began", async (_, onLook) => {
    const { ci, github } = createTestCi();
    const run = github.add(failed);
    lose(github, run, onLook);
    const error: unknown = await ci.rerunFailedJobs(runOf(run.id)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNAVAILABLE", cause: { code: "UNAVAILABLE" } });
    expect(posts(github)).toBe(1);
  });

  it("is cancelled, ends", async () => {
    const { ci, github } = createTestCi();
    const run = github.add(failed);
    const abort = new AbortController();
    lose(github, run, () => {
      abort.abort();
      return undefined;
    });
    const again = ci.rerunFailedJobs(runOf(run.id), { signal: abort.signal });
    await expect(again).rejects.toMatchObject({ code: "CANCELLED" });
    expect(posts(github)).toBe(1);
  });
});
