import { describe, expect, it } from "vitest";
import { BayplanError, type BayplanErrorCode } from "../errors.ts";
import { instantToMs } from "../instant.ts";
import { observeState } from "../observe/observe-state.ts";
import type { Digest } from "../oci/digest.ts";
import { createPlan } from "../plan/create-plan.ts";
import type { CiAdapter } from "../ports/ci.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { outcomeOf, states } from "../testing/outcomes.ts";
import { execute } from "./execute.ts";

const wait = "await:cpython-tsan@3.14.3t";

/** Only one image is missing. */
function oneImage(config = cpythonConfig): World {
  const world = createWorld(config);
  world.publish("cpython-asan", "numpy-asan", "numpy-tsan");
  return world;
}

/** Executes with a CI that cannot be followed while `isDown` says so; notes when it was asked. */
async function executeWith(world: World, watch: CiAdapter["watch"], options = {}) {
  const ci: CiAdapter = { ...world.ci, watch };
  return await execute(await world.plan(), { ...world.ports, ci }, { definition: world.family, ...options }).result;
}

const looksOf = (world: World) =>
  world.registry.calls.filter((call) => call.startsWith("resolve ghcr.io/o/cpython-tsan:bp-"));

describe("waiting for an image", () => {
  it.each<BayplanErrorCode>(["UNAVAILABLE", "RATE_LIMITED", "TIMEOUT", "RESPONSE_INVALID"])(
    "finds it in the registry while the CI answers %s",
    async (code) => {
      const world = oneImage();
      const down = () => {
        throw new BayplanError(code, "x");
      };
      const result = await executeWith(world, down);
      expect(result.state).toBe("complete");
      expect(world.clock.elapsedMs()).toBeGreaterThanOrEqual(600_000);
      expect(world.clock.elapsedMs()).toBeLessThan(640_000);
    },
  );

  it("sees a failed run as soon as the CI can be asked again", async () => {
    const world = oneImage();
    world.build = () => ({ conclusion: "failure", tookMs: 1000, push: () => {} });
    const result = await executeWith(world, (run, call) => {
      if (world.clock.elapsedMs() < 100_000) throw new BayplanError("UNAVAILABLE", "x");
      return world.ci.watch(run, call);
    });
    expect(states(result)[wait]).toBe("RUN_FAILED");
    expect(world.clock.elapsedMs()).toBeLessThan(150_000);
  });

  it("ends at once when the registry refuses, and goes on through what passes, however long", async () => {
    const world = oneImage();
    const plan = await world.plan();
    const destination = (key = "") => `resolve ${at("cpython-tsan", key)}`;
    world.build = ({ key }) => ({
      push: () => {
        world.registry.push(at("cpython-tsan", key));
        world.registry.failures.set(destination(key), "UNAVAILABLE");
        void world.clock.sleep(900_000).then(() => world.registry.failures.clear());
      },
    });
    const result = await world.execute(plan, { settleMs: 5000 });
    expect(result.state).toBe("complete");
    expect(world.clock.elapsedMs()).toBeGreaterThanOrEqual(1_500_000);

    const other = oneImage();
    other.build = ({ key }) => ({ push: () => other.registry.failures.set(destination(key), "DENIED") });
    const refused = await other.execute(await other.plan());
    expect(states(refused)[wait]).toBe("DENIED");
    expect(other.clock.elapsedMs()).toBe(600_000);
  });

  it("ends at the deadline when the registry never comes back", async () => {
    const world = oneImage({ ...cpythonConfig, buildTimeoutSeconds: 1200 });
    world.build = ({ key }) => ({
      push: () => world.registry.failures.set(`resolve ${at("cpython-tsan", key)}`, "UNAVAILABLE"),
    });
    expect(states(await world.execute(await world.plan()))[wait]).toBe("TIMEOUT");
    expect(world.clock.elapsedMs()).toBe(1_200_000);
  });

  it("waits as long as it is asked to, and at different moments in different executions", async () => {
    const pausesOf = async (options: object, retryAfterMs?: number) => {
      const world = oneImage();
      const asked: number[] = [];
      const down = () => {
        asked.push(world.clock.elapsedMs());
        throw new BayplanError("RATE_LIMITED", "x", retryAfterMs === undefined ? {} : { retryAfterMs });
      };
      await executeWith(world, down, options);
      return asked.slice(1).map((ms, index) => ms - (asked[index] ?? 0));
    };
    expect(await pausesOf({}, 200_000)).toEqual([200_000, 200_000, 200_000]);
    const low = await pausesOf({ random: () => 0 });
    const high = await pausesOf({ random: () => 0.999 });
    expect(low.slice(0, 6)).toEqual([750, 1500, 3000, 6000, 12_000, 22_500]);
    expect(Math.max(...high)).toBeLessThanOrEqual(37_500);
    expect(await pausesOf({})).toEqual(await pausesOf({}));
  });

  it("does not take the image that is replaced for the new one, also while the CI is down", async () => {
    const config = { ...cpythonConfig, publish: "direct", rebuilds: "replace" } as const;
    const world = oneImage(config);
    const old = world.registry.push(at("cpython-tsan"), { seed: "old" });
    const orders = { force: [{ images: ["cpython-tsan"], by: "Ada", why: "a test" }] };
    const state = await observeState(world.family, world.ports, { orders });
    const plan = createPlan(world.family, state, world.clock.now(), orders);
    const down: CiAdapter["watch"] = () => {
      throw new BayplanError("UNAVAILABLE", "x");
    };
    const result = await execute(
      plan,
      { ...world.ports, ci: { ...world.ci, watch: down } },
      { definition: world.family },
    ).result;
    const outcome = outcomeOf(result, wait);
    expect(outcome.state).toBe("done");
    expect("digest" in outcome && outcome.digest).not.toBe(old satisfies Digest);
    expect(instantToMs(world.clock.now())).toBeGreaterThan(0);
  });

  it("looks into the registry no more often than the CI is asked", async () => {
    const world = oneImage();
    const plan = await world.plan();
    const planned = looksOf(world).length;
    await world.execute(plan);
    // Once before the build, once after it: a run that can be followed is followed.
    expect(looksOf(world)).toHaveLength(planned + 2);
  });
});
