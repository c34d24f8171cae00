import { describe, expect, it } from "vitest";
import type { BuildKeyFormat } from "../definition/build-key-format.ts";
import type { Family } from "../definition/family.ts";
import { defineConfig } from "../definition/parse-definition.ts";
import { execute } from "../execute/execute.ts";
import { buildKey, stagingTag } from "../graph/build-key.ts";
import { observeState } from "../observe/observe-state.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { createPlan } from "./create-plan.ts";
import { parsePlan } from "./parse-plan.ts";

const buildKeys: BuildKeyFormat = {
  serialise: ({ source, args, platforms, baseNames }) =>
    JSON.stringify([source["image"], args, platforms.map(({ bases }) => bases), baseNames]),
  stagingTag: (key) => `build-${key.slice(7, 20)}`,
};

const planFor = async (world: World, family: Family) =>
  createPlan(family, await observeState(family, world.ports), world.clock.now());

describe("createPlan: keys of builds", () => {
  it("shows the key where all bases are known, and none where they are born first", async () => {
    const world = createWorld();
    world.publish("cpython-asan");
    const plan = parsePlan(JSON.stringify(await world.plan()));
    const keys = Object.fromEntries(plan.nodes.map(({ image, key }) => [image, key === undefined ? "none" : "key"]));
    expect(keys).toEqual({
      "cpython-tsan": "key",
      // Taken as built: nobody knows under which key.
      "cpython-asan": "none",
      "numpy-tsan": "none",
      "numpy-asan": "key",
    });
  });

  it("finds a finished build under its key, which the node shows", async () => {
    const world = createWorld();
    world.registry.failures.set(`tag ${at("cpython-tsan")}`, "UNAVAILABLE");
    await world.execute(await world.plan());
    const node = (await world.plan()).nodes.find(({ image }) => image === "cpython-tsan");
    expect(node?.state.state).toBe("tag-missing");
    const tag = node?.key === undefined ? "" : stagingTag(node.key);
    expect(world.registry.digestOfTag(at("cpython-tsan", tag))).toBeDefined();
  });

  it("plans, executes and finds builds under another tool's keys", async () => {
    const world = createWorld();
    const family = defineConfig(cpythonConfig, { buildKeys });
    world.registry.failures.set(`tag ${at("numpy-tsan")}`, "UNAVAILABLE");
    const plan = await planFor(world, family);
    const key = plan.nodes.find(({ image }) => image === "cpython-tsan")?.key;
    expect(key).toBe(
      buildKey(
        {
          source: { image: "cpython-tsan" },
          args: { version: "3.14.3t" },
          platforms: [{ platform: "linux/amd64", bases: [] }],
          baseNames: [],
        },
        buildKeys,
      ),
    );
    await execute(plan, world.ports, { definition: family }).result;
    const destinations = world.ci.dispatched.map(({ inputs }) => inputs["destination"] ?? "");
    expect(destinations).toHaveLength(4);
    for (const destination of destinations) expect(destination).toMatch(/:build-[0-9a-f]{13}$/);

    // The key of numpy-tsan was bound while executing, the next plan makes it from facts: they must agree.
    world.registry.failures.clear();
    const next = await planFor(world, family);
    expect(next.nodes.find(({ image }) => image === "numpy-tsan")?.state.state).toBe("tag-missing");
    expect((await execute(next, world.ports, { definition: family }).result).state).toBe("complete");
    expect((await planFor(world, family)).steps).toEqual([]);
  });
});
