import { describe, expect, it } from "vitest";
import type { Step } from "../plan/plan.ts";
import { at, createWorld } from "../testing/cpython-world.ts";
import { outcomeOf, states } from "../testing/outcomes.ts";
import { runSteps } from "./run-steps.ts";

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

describe("runSteps", () => {
  const step = (id: string, dependsOn: readonly string[] = []) =>
    ({ kind: "verify", id, dependsOn, group: id, node: id }) as unknown as Step;

  it("never runs more than it may at once, nor a step before what it needs", async () => {
    const chain = Array.from({ length: 2000 }, (_, index) => step(`s${index}`, index < 10 ? [] : [`s${index - 10}`]));
    const ended = new Set<string>();
    let running = 0;
    let most = 0;
    const started = performance.now();
    await runSteps(chain, {
      concurrency: 4,
      async run(current) {
        running += 1;
        most = Math.max(most, running);
        expect(current.dependsOn.every((id) => ended.has(id))).toBe(true);
        await Promise.resolve();
        running -= 1;
        return { step: current.id, state: "done" };
      },
      onOutcome: (outcome) => ended.add(outcome.step),
    });
    expect([ended.size, most]).toEqual([2000, 4]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("says so when steps can never run", async () => {
    const run = async (current: Step) => ({ step: current.id, state: "done" as const });
    await expect(
      runSteps([step("a", ["b"]), step("b", ["a"])], { concurrency: 1, run, onOutcome: () => {} }),
    ).rejects.toThrow();
  });
});
