import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createGitHubSimulator, createOpenApiCheck, createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createGitHubCi } from "./create-github-ci.ts";
import { testToken } from "./testing/create-test-ci.ts";

const folder = process.env["BAYPLAN_DATA"] ?? join(import.meta.dirname, "../../../../shared/data");
const file = join(folder, "github-actions-openapi.json");

/** A GitHub whose workflow takes events and fails as often as it is told to; held against GitHub's description where that is there. */
function open(failures: number) {
  const clock = createVirtualClock({ auto: true });
  let left = failures;
  const github = createGitHubSimulator({
    clock,
    token: testToken,
    runsVisibleAfterMs: () => 20_000,
    repositories: {
      "octo/images": {
        workflows: {
          "build.yml": {
            repositoryDispatch: ["relay-updated"],
            runName: (_inputs, { payload }) => `relay [${String(payload["bayplan_key"])}]`,
            jobs: {
              build: { run: async () => {} },
              push: {
                run: async () => {
                  left -= 1;
                  if (left >= 0) throw new Error("the registry was away");
                },
              },
            },
          },
        },
      },
    },
  });
  const check = existsSync(file) ? createOpenApiCheck(JSON.parse(readFileSync(file, "utf8"))) : undefined;
  const fetch = check?.watch(github.fetch) ?? github.fetch;
  const connect = () =>
    createGitHubCi({
      repository: "octo/images",
      token: testToken,
      fetch: (url, init) => fetch(url, init as RequestInit),
      clock,
      throttle: false,
    });
  return { github, connect, check };
}

const request = {
  eventType: "relay-updated",
  payload: { relay: { ref: "main" } },
  workflow: "build.yml",
  key: "bp-1",
  attempt: 1,
};

async function conclusionOf(statuses: AsyncIterable<{ readonly state: string }>): Promise<unknown> {
  let last: unknown;
  for await (const status of statuses) last = status;
  return last;
}

it("sends an event whose run shows late, follows it, and runs again what failed of it", async () => {
  const { github, connect, check } = open(1);
  const ci = connect();
  const run = await ci.dispatchEvent(request);
  expect(github.runs.map(({ event, payload }) => [event, payload])).toEqual([
    ["repository_dispatch", { ...request.payload, bayplan_key: "bp-1.1" }],
  ]);
  expect(await conclusionOf(ci.watch(run))).toMatchObject({ state: "completed", conclusion: "failure" });
  const again = await ci.rerunFailedJobs(run);
  expect(await conclusionOf(ci.watch(again))).toMatchObject({ state: "completed", conclusion: "success" });
  expect(github.runs).toHaveLength(1);
  expect(github.runs[0]?.jobs.map(({ name, runAttempt }) => [name, runAttempt])).toEqual([
    ["build", 1],
    ["push", 2],
  ]);
  expect(check?.violations ?? []).toEqual([]);
});

it("goes by the lowest run where two coordinators send the same event at once", async () => {
  const { github, connect } = open(0);
  const [first, second] = await Promise.all([connect().dispatchEvent(request), connect().dispatchEvent(request)]);
  const lowest = github.runs.reduce((least, { id }) => Math.min(least, id), Number.POSITIVE_INFINITY);
  expect([first.id, second.id]).toEqual([String(lowest), String(lowest)]);
  expect(await connect().dispatchEvent(request)).toMatchObject({ attempt: 2 });
});
