import { describe, expect, it } from "vitest";
import { observeState } from "../observe/observe-state.ts";
import { renderPlan } from "../report/render-plan.ts";
import { codeOf } from "../testing/code-of.ts";
import { at, createWorld, type World } from "../testing/cpython-world.ts";
import { withheldOf } from "../testing/plan-of.ts";
import { parsePlan } from "./parse-plan.ts";
import type { Plan } from "./plan.ts";
import { planId } from "./plan-id.ts";
import { planPins } from "./plan-pins.ts";
import { planRollback } from "./plan-rollback.ts";

const alias = at("cpython-tsan", "3.14t");

/** A release that moved one alias from an older image and made the others. */
async function released(): Promise<{ world: World; plan: Plan; old: string; ours: string }> {
  const world = createWorld();
  const old = world.registry.push(alias, { seed: "3.14.2t" });
  const plan = await world.plan();
  expect((await world.execute(plan)).state).toBe("complete");
  return { world, plan, old, ours: world.registry.digestOfTag(alias) ?? "" };
}

const rollBack = async (world: World, plan: Plan) =>
  planRollback(plan, await observeState(world.family, world.ports), world.clock.now());

describe("planRollback", () => {
  it("moves back what showed something before, and deletes nothing", async () => {
    const { world, plan, old, ours } = await released();
    const before = world.registry.snapshot();
    const rollback = await rollBack(world, plan);
    expect(rollback).toMatchObject({ rollsBack: plan.id, steps: [{ tag: "3.14t", expected: { digest: ours } }] });
    expect(withheldOf(rollback)).toEqual(["nothing-before", "nothing-before", "nothing-before"]);
    expect(parsePlan(renderPlan(rollback, "json"), { definition: world.family })).toEqual(rollback);
    expect(renderPlan(rollback, "text")).toContain("1 tag to move back");
    expect((await world.execute(rollback)).state).toBe("complete");
    expect(world.registry.snapshot()).toEqual({ ...before, [alias]: old });
    expect((await rollBack(world, plan)).steps).toEqual([]);
  });

  it("leaves alone what somebody moved since, and says so", async () => {
    const { world, plan } = await released();
    world.registry.push(alias, { seed: "by hand" });
    const rollback = await rollBack(world, plan);
    expect([rollback.steps, withheldOf(rollback)[0]]).toEqual([[], "moved-since"]);
  });

  it("stops where the tag moves after the rollback was planned", async () => {
    const { world, plan } = await released();
    const rollback = await rollBack(world, plan);
    const byHand = world.registry.push(alias, { seed: "by hand" });
    expect((await world.execute(rollback)).state).toBe("stale");
    expect(world.registry.digestOfTag(alias)).toBe(byHand);
  });

  it.each(["UNAVAILABLE", "denied-or-absent"] as const)("moves nothing that is unknown (%s)", async (failure) => {
    const { world, plan } = await released();
    world.registry.failures.set(`resolve ${alias}`, failure);
    const rollback = await rollBack(world, plan);
    expect([rollback.steps, withheldOf(rollback)[0]]).toEqual([[], "registry-unknown"]);
  });

  it("takes back only what the outcomes say was moved", async () => {
    const { world, plan } = await released();
    const state = await observeState(world.family, world.ports);
    expect(planRollback(plan, state, world.clock.now(), { outcomes: [] })).toMatchObject({ steps: [], nodes: [] });
  });

  it("cannot be made to do anything else", async () => {
    const { world, plan } = await released();
    const forged = { ...plan, rollsBack: plan.id };
    expect(
      codeOf(() => parsePlan(JSON.stringify({ ...forged, id: planId(forged) }), { definition: world.family })),
    ).toBe("NOT_ALLOWED");
  });

  it("pins what it may go back to", async () => {
    const { world, plan, old, ours } = await released();
    expect(planPins(plan)).toContain(`ghcr.io/o/cpython-tsan@${old}`);
    const pins = planPins(await rollBack(world, plan));
    expect(pins).toEqual([`ghcr.io/o/cpython-tsan@${old}`, `ghcr.io/o/cpython-tsan@${ours}`].sort());
  });
});
