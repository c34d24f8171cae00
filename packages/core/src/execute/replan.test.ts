import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import { observeState } from "../observe/observe-state.ts";
import { createPlan } from "../plan/create-plan.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";

const images = Object.keys(cpythonConfig.images);
const alias = at("cpython-tsan", "3.14t");

/** Nothing was written and nobody was asked to build. */
function effects(world: ReturnType<typeof createWorld>) {
  return [...world.registry.calls.filter((call) => call.startsWith("tag ")), ...world.ci.dispatched];
}

describe("planning again", () => {
  it("carries out the new plan, and says what had changed", async () => {
    const world = createWorld();
    world.publish(...images);
    world.registry.push(alias, { seed: "older" });
    const plan = await world.plan();
    world.registry.push(alias, { seed: "by hand" });
    let replans = 0;
    const replan = async () => {
      replans += 1;
      return world.plan();
    };
    const result = await world.execute(plan, { onDrift: { replan } });
    expect([result.state, replans, result.drift?.length]).toEqual(["complete", 1, 1]);
    expect(result.replanned?.id).not.toBe(plan.id);
    expect(result.outcomes.map(({ step }) => step)).toEqual(result.replanned?.steps.map(({ id }) => id));
    expect(world.registry.digestOfTag(alias)).toBe(world.registry.digestOfTag(at("cpython-tsan")));
  });

  it("ends after three times, and at once where no plan may be carried out", async () => {
    const world = createWorld();
    world.publish(...images);
    world.registry.push(alias, { seed: "older" });
    const plan = await world.plan();
    world.registry.push(alias, { seed: "by hand" });
    let replans = 0;
    const same = async () => {
      replans += 1;
      return plan;
    };
    expect((await world.execute(plan, { onDrift: { replan: same } })).state).toBe("stale");
    expect(replans).toBe(3);
    const foreign = createWorld({ ...cpythonConfig, repository: "ghcr.io/else/{image}" });
    const other = async () =>
      createPlan(
        foreign.family,
        await observeState(foreign.family, foreign.ports),
        parseInstant("2026-11-21T02:00:00Z"),
      );
    const result = await world.execute(plan, { onDrift: { replan: other } });
    expect(result).toMatchObject({ state: "stale", replanError: { code: "NOT_ALLOWED" } });
    const broken = async () => Promise.reject(new TypeError("x"));
    expect(await world.execute(plan, { onDrift: { replan: broken } })).toMatchObject({
      replanError: { code: "INTERNAL" },
    });
    expect(effects(world)).toEqual([]);
  });
});
