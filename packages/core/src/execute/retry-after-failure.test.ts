import { describe, expect, it } from "vitest";
import { BayplanError } from "../errors.ts";
import { planId } from "../plan/plan-id.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { outcomeOf, states } from "../testing/outcomes.ts";
import { execute } from "./execute.ts";

const hour = 3_600_000;
const build = "build:cpython-tsan@3.14.3t";

/** Only the first chain is missing, and its builds fail. */
function failingWorld() {
  const world = createWorld();
  world.publish("cpython-asan", "numpy-asan", "numpy-tsan");
  world.build = () => ({ conclusion: "failure", tookMs: 0, push: () => {} });
  return world;
}

describe("builds that failed before", () => {
  it("are tried a second time at once and then wait, counted from the end of the last run", async () => {
    const world = failingWorld();
    const attempts: number[] = [];
    for (const pause of [0, 0, hour - 1, 1, 2 * hour - 1, 1]) {
      await world.clock.sleep(pause);
      await world.execute(await world.plan());
      attempts.push(world.ci.dispatched.length);
    }
    expect(attempts).toEqual([1, 2, 2, 3, 3, 4]);
  });

  it("say until when they wait, and what needs them says for which", async () => {
    const world = failingWorld();
    for (const _ of [1, 2]) await world.execute(await world.plan());
    const ended = world.clock.now();
    const result = await world.execute(await world.plan());
    expect(outcomeOf(result, build)).toEqual({
      step: build,
      state: "skipped",
      because: "backing-off",
      until: ended.replace("T02:", "T03:"),
    });
    expect(outcomeOf(result, "await:cpython-tsan@3.14.3t")).toMatchObject({ because: build });
    expect(result.state).toBe("partial");
  });

  it("are tried at once where that is wished, and then nobody asks how they did", async () => {
    const world = failingWorld();
    for (const _ of [1, 2, 3, 4]) await world.execute(await world.plan(), { retryAfterFailure: "now" });
    expect([world.ci.dispatched.length, world.ci.asked]).toEqual([4, []]);
  });

  it("are followed, not waited for, while a run is on its way", async () => {
    const world = failingWorld();
    for (const _ of [1, 2]) await world.execute(await world.plan());
    world.build = () => ({ tookMs: hour });
    const plan = await world.plan();
    const first = world.execute(plan, { retryAfterFailure: "now" });
    await world.clock.sleep(1000);
    const second = await world.execute(plan);
    expect([(await first).state, second.state, world.ci.dispatched.length]).toEqual(["complete", "complete", 3]);
  });

  it("are not started again beside a run that is on its way, or whose image is about to show", async () => {
    for (const tookMs of [hour, 0]) {
      const world = failingWorld();
      world.build = ({ inputs }) => ({
        tookMs,
        push: () => void world.clock.sleep(20_000).then(() => world.registry.push(inputs["destination"] ?? "")),
      });
      const plan = await world.plan();
      const first = world.execute(plan);
      await world.clock.sleep(1000);
      // No adapter would adopt it: a dispatch would be a second build.
      const dispatch = async () => Promise.reject(new BayplanError("CONFLICT", "a second build"));
      const ports = { ...world.ports, ci: { ...world.ci, dispatch } };
      const second = await execute(plan, ports, { definition: world.family }).result;
      expect([(await first).state, second.state, world.ci.dispatched.length]).toEqual(["complete", "complete", 1]);
    }
  });

  it.each(["success", "cancelled"] as const)("do not wait because of runs that ended with %s", async (conclusion) => {
    const world = failingWorld();
    world.build = () => ({ conclusion, tookMs: 0, push: () => {} });
    for (const _ of [1, 2, 3, 4]) await world.execute(await world.plan(), { settleMs: 0 });
    expect(world.ci.dispatched).toHaveLength(4);
  });

  it("begin after all that never failed", async () => {
    const world = createWorld();
    const failing = ["cpython.yml"];
    world.build = ({ workflow }) =>
      failing.includes(workflow) ? { conclusion: "failure", tookMs: 0, push: () => {} } : {};
    await world.execute(await world.plan());
    world.registry.forget(at("cpython-asan"));
    const key = world.ci.dispatched.find(({ workflow }) => workflow === "cpython-asan.yml")?.key;
    world.registry.forget(at("cpython-asan", key));
    world.ci.dispatched.length = 0;
    await world.execute(await world.plan(), { concurrency: { ci: 1, registry: 1 } });
    expect(world.ci.dispatched.map(({ workflow }) => workflow)).toEqual(["cpython-asan.yml", "cpython.yml"]);
  });

  it("fail like their dispatch where the CI does not tell how they did", async () => {
    const world = failingWorld();
    const ci = {
      ...world.ci,
      findRuns: () => {
        throw new TypeError("x");
      },
    };
    const plan = await world.plan();
    const result = await execute(plan, { ...world.ports, ci }, { definition: world.family }).result;
    expect([states(result)[build], world.ci.dispatched.length]).toEqual(["INTERNAL", 0]);
  });
});

describe("the runs of a group that fails fast", () => {
  it("are cancelled, those of others are not", async () => {
    const world = createWorld({ ...cpythonConfig });
    const plan = await world.plan();
    const together = {
      ...plan,
      steps: plan.steps.map((step) => (step.node.includes("asan") ? { ...step, group: "g" } : step)),
      groups: { g: "fail-fast" as const },
    };
    world.build = ({ workflow }) =>
      workflow === "cpython-asan.yml" ? { conclusion: "failure", tookMs: 60_000, push: () => {} } : {};
    const alone = await world.execute({ ...together, id: planId(together) });
    expect(states(alone)["tag:cpython-tsan@3.14.3t:3.14t"]).toBe("done");
    expect(world.ci.cancelled).toEqual([]);

    const all = {
      ...plan,
      steps: plan.steps.map((step) => ({ ...step, group: "g" })),
      groups: { g: "fail-fast" as const },
    };
    const other = createWorld();
    other.build = world.build;
    const result = await other.execute({ ...all, id: planId(all) });
    expect(states(result)["await:cpython-asan@3.14.3t"]).toBe("RUN_FAILED");
    expect(outcomeOf(result, "await:cpython-tsan@3.14.3t")).toMatchObject({ because: "await:cpython-asan@3.14.3t" });
    expect(other.ci.cancelled).toHaveLength(1);
    expect(other.clock.elapsedMs()).toBe(60_000);
    expect(result.outcomes).toHaveLength(plan.steps.length);
  });
});
