import { createGitHubCi } from "@bayplan/ci-github";
import { createPlan, defineConfig, execute, type FamilyConfig, observeState } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { createFixedListSource } from "@bayplan/sources";
import {
  createEmbeddedRegistry,
  createGitHubSimulator,
  createVirtualClock,
  type SimulatedWorkflow,
} from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { cpythonSanity } from "./family.ts";
import { cpythonWorkflows } from "./workflows.ts";

const host = "registry.example";
const schedules = 100;
const images = ["cpython-tsan", "numpy-tsan"];

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

/** One base and one image on it: enough for two coordinators to meet. */
function twoImages(): FamilyConfig {
  const { images: all, test: _, ...family } = cpythonSanity(host);
  return {
    ...family,
    version: { source: "python.org", scheme: "cpython-tag", line: "3.14", variant: "t" },
    companions: { numpy: { source: "numpy", scheme: "semver" } },
    images: Object.fromEntries(Object.entries(all).filter(([name]) => images.includes(name))),
  };
}

/** Two coordinators that observe, plan and execute at once, each for itself. */
async function race(seed: number) {
  const random = randomOf(seed);
  const clock = createVirtualClock({ auto: true });
  const registry = createEmbeddedRegistry({ clock });
  const built: Record<string, number> = {};
  const lags = new Map<number, number>();
  const maxLagMs = [1000, 20_000, 120_000, 600_000][random(4)] ?? 0;
  const access = { origin: `https://${host}`, fetch: (request: Request) => registry.fetch(request) };
  const isStaged = ([path, tag]: readonly string[]): boolean =>
    registry.snapshot()[path ?? ""]?.[tag ?? ""] !== undefined;
  // As a workflow should be: its concurrency group is the key, and what is staged is not built again.
  const careful = (workflow: SimulatedWorkflow): SimulatedWorkflow => ({
    ...workflow,
    concurrency: ({ inputs }) => ({ group: (inputs["bayplan_key"] ?? "").replace(/\.\d+$/, "") }),
    async run(context) {
      const destination = context.inputs["destination"] ?? "";
      await clock.sleep(random(60_000), { signal: context.signal });
      if (isStaged(destination.replace(`${host}/`, "").split(":"))) return;
      await clock.sleep(random(600_000), { signal: context.signal });
      await clock.track(workflow.run?.(context) ?? Promise.resolve());
      built[destination] = (built[destination] ?? 0) + 1;
    },
  });
  const workflows = Object.entries(cpythonWorkflows({ registry: access, failing: [], buildMs: 0 }));
  const github = createGitHubSimulator({
    clock,
    token: "t",
    runsVisibleAfterMs({ id }) {
      const lagMs = lags.get(id) ?? random(maxLagMs);
      lags.set(id, lagMs);
      return lagMs;
    },
    repositories: {
      "nascheme/cpython_sanity": {
        workflows: Object.fromEntries(workflows.map(([file, workflow]) => [file, careful(workflow)])),
      },
    },
  });
  const slow =
    (fetch: (request: Request) => Promise<Response>) =>
    async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      await clock.sleep(random(2000));
      const response = await fetch(new Request(input, init));
      await clock.sleep(random(2000));
      return response;
    };
  const family = defineConfig(twoImages());
  const coordinate = async () => {
    const ports = {
      registries: [createOciRegistry({ hosts: [host], clock, fetch: slow(registry.fetch) })],
      ci: createGitHubCi({
        repository: "nascheme/cpython_sanity",
        token: "t",
        clock,
        throttle: false,
        fetch: slow(github.fetch),
      }),
      sources: {
        "python.org": createFixedListSource("python.org", [{ raw: "3.14.4" }]),
        numpy: createFixedListSource("numpy", [{ raw: "v2.4.2" }]),
      },
      clock,
    };
    await clock.sleep(random(2) * random(10_000));
    const plan = createPlan(family, await observeState(family, ports), clock.now());
    return execute(plan, ports, { definition: family }).result;
  };
  const results = await Promise.all([coordinate(), coordinate()]);
  await github.settled();
  const tagged = images.filter((image) => registry.snapshot()[`nascheme/${image}`]?.["3.14.4t"] !== undefined);
  return { built, states: results.map(({ state }) => state), tagged, results, started: github.runs.length };
}

describe("two coordinators that execute their own plans at once", () => {
  it(`end with one run building each image, in ${schedules} of ${schedules} schedules`, async () => {
    const lost: string[] = [];
    let duplicates = 0;
    for (let seed = 1; seed <= schedules; seed++) {
      const { built, states, tagged, results, started } = await race(seed);
      if (started > Object.keys(built).length) duplicates++;
      const isOnce = Object.values(built).every((count) => count === 1) && Object.keys(built).length === images.length;
      if (isOnce && states.every((state) => state === "complete") && tagged.length === images.length) continue;
      const failed = results.flatMap(({ outcomes }) => outcomes.filter((outcome) => outcome.state === "failed"));
      lost.push(`seed ${seed}: ${JSON.stringify({ built, states, tagged, failed: failed.slice(0, 3) })}`);
    }
    expect(lost).toEqual([]);
    expect(duplicates).toBeGreaterThan(schedules / 10);
  }, 240_000);
});
