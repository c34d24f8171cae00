import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlan } from "../plan/parse-plan.ts";
import { renderPlan } from "../report/render-plan.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { states } from "../testing/outcomes.ts";
import { execute } from "./execute.ts";

const images = Object.keys(cpythonConfig.images);

describe("execute: a release from nothing", () => {
  it("builds both chains, binds digests born on the way, and tags the exact tag before the alias", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const result = await world.execute(plan);
    expect(result.state).toBe("complete");
    expect(result.outcomes.map((outcome) => outcome.step).sort()).toEqual(plan.steps.map((step) => step.id).sort());
    const base = world.registry.digestOfTag(at("cpython-tsan"));
    const numpy = world.ci.dispatched.find((request) => request.workflow === "numpy.yml");
    expect(numpy?.inputs).toEqual({
      version: "3.14.3t",
      numpy: "2.4.0",
      base: `ghcr.io/o/cpython-tsan@${base}`,
      destination: at("numpy-tsan", numpy?.key),
    });
    expect(numpy).toMatchObject({ ref: "main", attempt: 1, key: expect.stringMatching(/^bp-[0-9a-f]{32}$/) });
    for (const image of images) {
      expect(world.registry.digestOfTag(at(image, "3.14t"))).toBe(world.registry.digestOfTag(at(image)));
    }
    const writes = world.registry.calls.filter((call) => call.startsWith("tag ") && call.includes("numpy-tsan"));
    expect(writes).toEqual([`tag ${at("numpy-tsan")}`, `tag ${at("numpy-tsan", "3.14t")}`]);
  });

  it("gives another key to a build on another base, and the same key to the same base", async () => {
    const keys = await Promise.all(
      ["one", "two", "one"].map(async (seed) => {
        const world = createWorld();
        world.registry.push(at("cpython-tsan"), { seed });
        await world.execute(await world.plan());
        return world.ci.dispatched.find((request) => request.workflow === "numpy.yml")?.key;
      }),
    );
    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it("binds the same key as planning does when the base is there already", async () => {
    const world = createWorld();
    const first = await world.plan();
    // The workflow of the base works, that of numpy pushes and then dies before it is promoted.
    world.build = (request) => (request.workflow === "numpy.yml" ? { conclusion: "failure" } : {});
    await world.execute(first);
    const again = await world.plan();
    expect(again.nodes.find((node) => node.image === "numpy-tsan")?.state.state).toBe("tag-missing");
  });

  it("executes a plan that went through a file", async () => {
    const world = createWorld();
    const plan = parsePlan(renderPlan(await world.plan(), "json"));
    expect((await world.execute(plan)).state).toBe("complete");
  });

  it("runs builds of both chains at the same time, waits not counting as steps in flight", async () => {
    const world = createWorld();
    expect((await world.execute(await world.plan(), { concurrency: 1 })).state).toBe("complete");
    expect(world.clock.elapsedMs()).toBe(2 * 600_000);
  });

  it.each([0, -1, Number.NaN])("takes a concurrency of %s as one", async (concurrency) => {
    const world = createWorld();
    expect((await world.execute(await world.plan(), { concurrency })).state).toBe("complete");
  });
});

describe("execute: again", () => {
  it("finds everything done the second time and dispatches nothing", async () => {
    const world = createWorld();
    const plan = await world.plan();
    await world.execute(plan);
    const before = world.registry.snapshot();
    const dispatched = world.ci.dispatched.length;
    const result = await world.execute(plan);
    const effects = Object.entries(states(result)).filter(([step]) => !step.startsWith("verify:"));
    expect(new Set(effects.map(([, state]) => state))).toEqual(new Set(["already-done"]));
    expect(result.state).toBe("complete");
    expect(world.ci.dispatched).toHaveLength(dispatched);
    expect(world.registry.snapshot()).toEqual(before);
  });

  it("rolls a half-finished group forward", async () => {
    const world = createWorld();
    const plan = await world.plan();
    world.registry.failures.set(`tag ${at("numpy-tsan", "3.14t")}`, "UNAVAILABLE");
    expect((await world.execute(plan)).state).toBe("partial");
    world.registry.failures.clear();
    const result = await world.execute(plan);
    expect(result.state).toBe("complete");
    expect(states(result)["tag:numpy-tsan@3.14.3t:3.14t"]).toBe("done");
  });

  it("leaves nothing to plan, whatever was published before", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(images),
        fc.subarray(images),
        fc.constantFrom("staged", "direct"),
        async (exact, aliases, publish) => {
          const world = createWorld({ ...cpythonConfig, publish: publish as "staged" | "direct" });
          for (const image of exact) world.registry.push(at(image), { seed: image });
          for (const image of aliases) world.registry.push(at(image, "3.14t"), { seed: "old" });
          const plan = await world.plan();
          const result = await world.execute(plan);
          expect(result.state).toBe("complete");
          expect((await world.plan()).steps).toEqual([]);
          // Nothing that was there was built again.
          const built = world.ci.dispatched.map((request) => request.workflow);
          expect(built).toHaveLength(images.length - exact.length);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("execute: the world moved on", () => {
  it("overwrites no moving tag that shows something else than the plan saw", async () => {
    const world = createWorld();
    world.publish(...images);
    world.registry.push(at("cpython-tsan", "3.14t"), { seed: "older" });
    const plan = await world.plan();
    const moved = world.registry.push(at("cpython-tsan", "3.14t"), { seed: "someone else" });
    const result = await world.execute(plan, { onDrift: "pinned" });
    expect(states(result)).toEqual({ "tag:cpython-tsan@3.14.3t:3.14t": "TAG_MOVED" });
    expect(world.registry.digestOfTag(at("cpython-tsan", "3.14t"))).toBe(moved);
  });

  it("never overwrites an exact tag, and then does not move the alias either", async () => {
    const world = createWorld();
    world.publish("cpython-asan", "numpy-asan", "numpy-tsan");
    const plan = await world.plan();
    const taken = world.registry.push(at("cpython-tsan"), { seed: "someone else" });
    const result = await world.execute(plan);
    expect(states(result)["tag:cpython-tsan@3.14.3t:3.14.3t"]).toBe("TAG_IMMUTABLE");
    expect(states(result)["tag:cpython-tsan@3.14.3t:3.14t"]).toBe("skipped");
    expect(world.registry.digestOfTag(at("cpython-tsan"))).toBe(taken);
  });
});

describe("execute: direct publishing", () => {
  it("lets the workflow push the exact tag, verifies it and moves the alias", async () => {
    const world = createWorld({ ...cpythonConfig, publish: "direct" });
    const result = await world.execute(await world.plan());
    expect(result.state).toBe("complete");
    expect(world.ci.dispatched[0]?.inputs["destination"]).toBe(at("cpython-tsan"));
    expect(Object.keys(world.registry.snapshot()).some((reference) => reference.includes("bp-"))).toBe(false);
    expect(world.registry.calls.filter((call) => call.startsWith("tag ") && !call.endsWith(":3.14t"))).toEqual([]);
  });
});

describe("execute: watching", () => {
  it("is not slowed or stopped by its readers", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const execution = execute(plan, world.ports, {
      definition: world.family,
      onProgress: () => {
        throw new Error("a broken display");
      },
    });
    // This reader never asks for a second outcome; this one breaks.
    const stuck = execution[Symbol.asyncIterator]();
    const first = await stuck.next();
    await expect(
      (async () => {
        for await (const outcome of execution) throw new Error(outcome.step);
      })(),
    ).rejects.toThrow();
    const result = await execution.result;
    expect(result.state).toBe("complete");
    expect(first.value).toEqual(result.outcomes[0]);
    const late: unknown[] = [];
    for await (const outcome of execution) late.push(outcome);
    expect(late).toEqual(result.outcomes);
  });

  it("tells what it waits for", async () => {
    const world = createWorld();
    const events: unknown[] = [];
    await world.execute(await world.plan(), { onProgress: (event) => events.push(event) });
    expect(events).toContainEqual({ step: "build:cpython-tsan@3.14.3t", state: "started" });
    expect(events).toContainEqual(
      expect.objectContaining({ state: "waiting", url: "https://ci.example/runs/1", status: { state: "running" } }),
    );
  });
});
