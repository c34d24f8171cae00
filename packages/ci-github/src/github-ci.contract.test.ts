import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CiUnderTest,
  type ContractSkip,
  ciContract,
  createGitHubSimulator,
  createOpenApiCheck,
  createVirtualClock,
  type GitHubSimulatorOptions,
  type OpenApiCheck,
  type OpenApiDescription,
  type SimulatedRun,
} from "@bayplan/testkit";
import { afterAll, describe, expect, it } from "vitest";
import type { GitHubCiOptions } from "./ci-context.ts";
import { createGitHubCi } from "./create-github-ci.ts";
import { testToken } from "./testing/create-test-ci.ts";

const folder = process.env["BAYPLAN_DATA"] ?? join(import.meta.dirname, "../../../../shared/data");
const file = join(folder, "github-actions-openapi.json");
const isThere = existsSync(file);
if (!isThere) process.stderr.write(`skipped: GitHub's OpenAPI description is not at ${file}; set BAYPLAN_DATA\n`);
const description: OpenApiDescription = isThere ? JSON.parse(readFileSync(file, "utf8")) : { paths: {} };

interface Server {
  readonly simulator?: Partial<GitHubSimulatorOptions>;
  readonly adapter?: Partial<GitHubCiOptions>;
  /** What is held against GitHub's description. Default nothing. */
  readonly check?: OpenApiCheck;
  readonly skip?: readonly ContractSkip[];
}

async function createUnderTest({ simulator = {}, adapter = {}, check }: Server): Promise<CiUnderTest> {
  const clock = createVirtualClock({ auto: true });
  const ends = new Map<number, (conclusion: "success" | "failure") => void>();
  let isHeld = false;
  let isLosing = false;
  let lagMs = 0;
  const github = createGitHubSimulator({
    clock,
    token: testToken,
    runsVisibleAfterMs: () => lagMs,
    repositories: {
      "octo/images": {
        workflows: {
          "build.yml": {
            name: "Build",
            inputs: { image: { required: true }, bayplan_key: { required: true } },
            runName: ({ bayplan_key, image }) => (bayplan_key === undefined ? "by hand" : `${image} [${bayplan_key}]`),
            get waitsForApproval() {
              return isHeld;
            },
            startsAfterMs: 30_000,
            run: ({ runId, signal, conclude }) =>
              new Promise((resolve, reject) => {
                ends.set(runId, (conclusion) => resolve(conclude(conclusion)));
                signal.addEventListener("abort", () => reject(signal.reason));
              }),
          },
        },
      },
    },
    ...simulator,
  });
  const answer = check === undefined ? github.fetch : check.watch(github.fetch);
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await answer(url, init);
    // A refusal that is lost would lose nothing: older servers refuse before they take it.
    if (!isLosing || !response.ok || !url.endsWith("/dispatches")) return response;
    isLosing = false;
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
  };
  const runOf = (id: string): SimulatedRun | undefined => github.runs.find((run) => String(run.id) === id);
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await clock.sleep(1000);
  };
  return {
    connect: () =>
      createGitHubCi({
        repository: "octo/images",
        token: testToken,
        fetch: (url, init) => fetch(url, init as RequestInit),
        clock,
        throttle: false,
        ...adapter,
      }),
    target: { workflow: "build.yml", ref: "main", inputs: { image: "numpy" } },
    server: {
      runs: () =>
        github.runs.map(({ id, conclusion, status }) => ({
          id: String(id),
          state: conclusion === "cancelled" ? "cancelled" : status === "completed" ? "over" : "alive",
        })),
      async end(id, conclusion) {
        await until(() => ends.has(Number(id)));
        ends.get(Number(id))?.(conclusion);
        await until(() => runOf(id)?.status === "completed");
      },
      startForeign: async () =>
        String(github.start({ gitRepository: "octo/images", workflow: "build.yml", event: "push" }).id),
      loseNextAnswer: () => {
        isLosing = true;
      },
      dropNextDispatch: () =>
        void github.inject({ match: { method: "POST", path: /dispatches$/ }, effect: { reset: true } }),
      listLate: (ms) => {
        lagMs = ms;
      },
      holdForApproval: () => {
        isHeld = true;
      },
      approve: (id) => github.approve(Number(id)),
    },
    // Code that hangs for ever hangs after the test too.
    dispose: async () => {
      for (const { id } of github.runs) ends.get(id)?.("success");
    },
  };
}

const servers: Readonly<Record<string, Server>> = {
  "github.com": {},
  "the API version 2026-03-10": { adapter: { apiVersion: "2026-03-10" } },
  "an Enterprise Server that names no runs": {
    simulator: { server: "ghes-3.19" },
    adapter: { baseUrl: "https://ghes.example/api/v3" },
    skip: [
      {
        reason:
          "nobody knows whose a duplicate is without run ids; both follow the oldest, the concurrency group holds the other back",
        tests: ["settles two coordinators at the same moment on one run"],
      },
    ],
  },
};

for (const [name, server] of Object.entries(servers)) {
  describe(name, () => {
    const check = createOpenApiCheck(description, { prefix: "/api/v3" });
    ciContract({
      runner: { describe, it },
      create: () => createUnderTest(isThere ? { ...server, check } : server),
      skip: server.skip ?? [],
    });
    afterAll(() => {
      if (!isThere) return;
      // Ours and the simulator's: one that is wrong makes the other's tests worthless.
      expect(check.violations).toEqual([]);
      expect(check.unknown).toEqual([]);
      expect(check.operations.length).toBeGreaterThan(3);
    });
  });
}
