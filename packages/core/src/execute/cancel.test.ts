import { describe, expect, it } from "vitest";
import { at, createWorld } from "../testing/cpython-world.ts";
import { outcomeOf, states } from "../testing/outcomes.ts";

describe("execute: cancelling", () => {
  it("begins nothing when it is aborted before", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const calls = world.registry.calls.length;
    const result = await world.execute(plan, { signal: AbortSignal.abort("stop") });
    expect(result.state).toBe("cancelled");
    expect(new Set(Object.values(states(result)))).toEqual(new Set(["skipped"]));
    expect(result.outcomes).toHaveLength(plan.steps.length);
    expect(world.registry.calls).toHaveLength(calls);
  });

  it("ends waits at once when it is aborted, accounts for every step and leaves runs alone", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const controller = new AbortController();
    const running = world.execute(plan, {
      signal: controller.signal,
      onProgress: (event) => {
        if (event.state === "waiting") controller.abort();
      },
    });
    const result = await running;
    expect(result.state).toBe("cancelled");
    expect(result.outcomes.map((outcome) => outcome.step).sort()).toEqual(plan.steps.map((step) => step.id).sort());
    expect(outcomeOf(result, "await:cpython-tsan@3.14.3t")).toMatchObject({ state: "skipped", because: "cancelled" });
    expect(world.clock.elapsedMs()).toBeLessThan(600_000);
    expect(world.ci.dispatched).toHaveLength(2);
  });

  it("finishes the tag moves of a group that has begun, and begins no other", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const controller = new AbortController();
    world.registry.onTag = (reference) => {
      if (reference === at("cpython-tsan")) controller.abort();
    };
    const result = await world.execute(plan, { signal: controller.signal, concurrency: 1 });
    expect(result.state).toBe("cancelled");
    const written = result.outcomes.flatMap(({ step, state }) =>
      step.startsWith("tag:") && state === "done" ? [step] : [],
    );
    expect(written).toEqual(["tag:cpython-tsan@3.14.3t:3.14.3t", "tag:cpython-tsan@3.14.3t:3.14t"]);
  });

  it("is complete when it is aborted after the last step", async () => {
    const world = createWorld();
    const controller = new AbortController();
    const plan = await world.plan();
    const last = at("numpy-asan", "3.14t");
    world.registry.onTag = (reference) => reference === last && controller.abort();
    world.publish("cpython-tsan", "numpy-tsan", "cpython-asan");
    expect((await world.execute(await world.plan(), { signal: controller.signal })).state).toBe("complete");
    expect(plan.steps.length).toBeGreaterThan(0);
  });
});
