import type { CiAdapter, Run } from "@bayplan/core";
import { createGitHubSimulator, createVirtualClock, type GitHubSimulatorOptions } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { collect } from "./collect.ts";
import { createGitHubCi } from "./create-github-ci.ts";
import { testToken } from "./testing/create-test-ci.ts";

const images = ["base", "numpy", "scipy"];
const schedules = 100;

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Outcome {
  /** How often the workflow of each image really built it. */
  readonly built: Readonly<Record<string, number>>;
  /** Most builds of one image at the same moment. */
  readonly atOnce: number;
  /** How the runs that the coordinators were given ended. */
  readonly conclusions: readonly string[];
  readonly started: number;
}

/**
 * Two coordinators want all images at the same time, each through an adapter of its own; requests, listings, runners and
 * builds take as long as the seed says. The workflow is as docs/build-workflow.md asks: its concurrency group is the key,
 * and it does not build what is staged.
 */
async function race(seed: number, options: Partial<GitHubSimulatorOptions> = {}): Promise<Outcome> {
  const random = randomOf(seed);
  const clock = createVirtualClock({ auto: true });
  const staged = new Set<string>();
  const built: Record<string, number> = Object.fromEntries(images.map((image) => [image, 0]));
  const building = new Map<string, number>();
  let atOnce = 0;
  const lags = new Map<number, number>();
  // Most runs show within seconds, some after minutes, each for itself.
  const maxLagMs = [1000, 20_000, 120_000, 600_000][random(4)] ?? 0;
  const github = createGitHubSimulator({
    clock,
    token: testToken,
    runsVisibleAfterMs({ id }) {
      const lagMs = lags.get(id) ?? random(maxLagMs);
      lags.set(id, lagMs);
      return lagMs;
    },
    repositories: {
      "octo/images": {
        workflows: {
          "build.yml": {
            inputs: { image: { required: true }, bayplan_key: { required: true } },
            runName: ({ bayplan_key, image }) => `${image} [${bayplan_key}]`,
            concurrency: ({ inputs }) => ({ group: (inputs["bayplan_key"] ?? "").replace(/\.\d+$/, "") }),
            async run({ inputs, signal }) {
              const image = inputs["image"] ?? "";
              await clock.sleep(random(60_000), { signal });
              if (staged.has(image)) return;
              building.set(image, (building.get(image) ?? 0) + 1);
              atOnce = Math.max(atOnce, building.get(image) ?? 0);
              try {
                await clock.sleep(random(600_000), { signal });
                staged.add(image);
                built[image] = (built[image] ?? 0) + 1;
              } finally {
                building.set(image, (building.get(image) ?? 0) - 1);
              }
            },
          },
        },
      },
    },
    ...options,
  });
  const connect = (): CiAdapter =>
    createGitHubCi({
      repository: "octo/images",
      token: testToken,
      clock,
      throttle: false,
      ...(options.server === undefined ? {} : { baseUrl: "https://ghes.example/api/v3", findWithinMs: 900_000 }),
      async fetch(url, init) {
        await clock.sleep(random(3000));
        const response = await github.fetch(url, init as RequestInit);
        await clock.sleep(random(3000));
        return response;
      },
    });
  const coordinate = async (ci: CiAdapter): Promise<readonly string[]> => {
    await clock.sleep(random(2) * random(10_000));
    const follow = async (image: string): Promise<string> => {
      const request = { workflow: "build.yml", ref: "main", inputs: { image }, key: `bp-${image}`, attempt: 1 };
      const run: Run = await ci.dispatch(request);
      const last = (await collect(ci.watch(run))).at(-1);
      return last?.state === "completed" ? last.conclusion : "not over";
    };
    return Promise.all(images.map(follow));
  };
  const conclusions = (await Promise.all([coordinate(connect()), coordinate(connect())])).flat();
  await github.settled();
  return { built, atOnce, conclusions, started: github.runs.length };
}

async function losses(options: Partial<GitHubSimulatorOptions>): Promise<{ lost: string[]; duplicates: number }> {
  const lost: string[] = [];
  let duplicates = 0;
  for (let seed = 1; seed <= schedules; seed++) {
    const { built, atOnce, conclusions, started } = await race(seed, options);
    if (started > images.length) duplicates++;
    const isRight = Object.values(built).every((count) => count === 1) && atOnce === 1;
    const isSuccess = conclusions.every((conclusion) => conclusion === "success");
    if (!isRight || !isSuccess) lost.push(`seed ${seed}: ${JSON.stringify({ built, atOnce, conclusions, started })}`);
  }
  return { lost, duplicates };
}

describe("two coordinators started at once, with runs that are listed late", () => {
  it.each<[string, Partial<GitHubSimulatorOptions>]>([
    ["GitHub", {}],
    ["an Enterprise Server that names no runs", { server: "ghes-3.19" }],
  ])(
    `end with one run building each image, in ${schedules} of ${schedules} schedules on %s`,
    async (_, options) => {
      const { lost, duplicates } = await losses(options);
      expect(lost).toEqual([]);
      // A proof without a single collision would prove nothing.
      expect(duplicates).toBeGreaterThan(schedules / 10);
    },
    120_000,
  );
});
