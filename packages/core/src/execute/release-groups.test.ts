import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { outcomeOf, states } from "../testing/outcomes.ts";

/** All four images are one release. */
const together = (onFailure: "independent" | "fail-fast" | "gate"): FamilyConfig => ({
  ...cpythonConfig,
  release: { group: "sanitizers", onFailure },
});
const tagsWritten = (world: ReturnType<typeof createWorld>) =>
  world.registry.calls.filter((call) => call.startsWith("tag ")).map((call) => call.slice("tag ghcr.io/o/".length));

describe("a release group of a definition", () => {
  it("that is a gate moves nothing while one image is missing, and everything in one go when it is there", async () => {
    const world = createWorld(together("gate"));
    world.build = ({ workflow }) => (workflow === "numpy-asan.yml" ? { conclusion: "failure", push: () => {} } : {});
    const plan = await world.plan();
    const result = await world.execute(plan);
    expect([result.state, tagsWritten(world)]).toEqual(["partial", []]);
    expect(states(result)["verify:numpy-tsan@3.14.3t"]).toBe("done");
    world.build = () => ({});
    expect((await world.execute(plan)).state).toBe("complete");
    const order = tagsWritten(world).map((tag) => tag.split(":")[1]);
    expect(order).toEqual([...Array(4).fill("3.14.3t"), ...Array(4).fill("3.14t")]);
  });

  it("that fails fast stops the runs that are on their way, and rolls forward once it is well", async () => {
    const world = createWorld(together("fail-fast"));
    world.build = ({ workflow }) =>
      workflow === "cpython-asan.yml" ? { conclusion: "failure", tookMs: 60_000, push: () => {} } : {};
    const plan = await world.plan();
    const result = await world.execute(plan);
    expect(world.ci.cancelled).toHaveLength(1);
    expect(outcomeOf(result, "await:cpython-tsan@3.14.3t")).toMatchObject({ because: "await:cpython-asan@3.14.3t" });
    expect([world.clock.elapsedMs(), tagsWritten(world)]).toEqual([60_000, []]);
    world.build = () => ({});
    expect((await world.execute(plan)).state).toBe("complete");
  });

  it("is never stopped between its tag moves, wherever the signal comes", async () => {
    for (const onFailure of ["gate", "fail-fast", "independent"] as const) {
      for (let stopAt = 1; stopAt <= 8; stopAt += 1) {
        const world = createWorld(together(onFailure));
        const plan = await world.plan();
        const abort = new AbortController();
        let written = 0;
        world.registry.onTag = () => {
          written += 1;
          if (written === stopAt) abort.abort();
        };
        const result = await world.execute(plan, { signal: abort.signal, concurrency: 1 });
        expect(result.outcomes).toHaveLength(plan.steps.length);
        const images = new Set(tagsWritten(world).map((tag) => tag.split(":")[0]));
        // What was verified when the group began to move is moved to the end.
        for (const image of images)
          expect(tagsWritten(world).filter((tag) => tag.startsWith(`${image}:`))).toHaveLength(2);
        if (onFailure === "gate") expect(images.size).toBe(4);
      }
    }
  });

  it("that is a gate does nothing after one of its tags was moved by somebody else meanwhile", async () => {
    const world = createWorld(together("gate"));
    const plan = await world.plan();
    world.build = ({ workflow, inputs }) => ({
      push: () => {
        world.registry.push(inputs["destination"] ?? "");
        if (workflow === "numpy-asan.yml") world.registry.push(at("cpython-tsan", "3.14t"), { seed: "by hand" });
      },
    });
    const result = await world.execute(plan);
    expect([result.state, tagsWritten(world)]).toEqual(["partial", []]);
    expect(Object.values(states(result))).toContain("TAG_MOVED");
  });
});
