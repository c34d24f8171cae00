import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { parseInstant } from "../instant.ts";
import { observeState } from "../observe/observe-state.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import { digestOf } from "../oci/digest.ts";
import { renderPlan } from "../report/render-plan.ts";
import { codeOf } from "../testing/code-of.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { reasonsOf, states, stepsOf } from "../testing/plan-of.ts";
import { createPlan } from "./create-plan.ts";
import type { PlanOptions } from "./plan-options.ts";

const images = Object.keys(cpythonConfig.images);
const replacing: FamilyConfig = { ...cpythonConfig, rebuilds: "replace" };
const force = [{ images: ["cpython-tsan"], by: "Ada", why: "the certificates ran out" }];

async function planWith(world: World, options: PlanOptions) {
  const state = await observeState(world.family, world.ports, { orders: options });
  return createPlan(world.family, state, world.clock.now(), options);
}

function published(config: FamilyConfig): World {
  const world = createWorld(config);
  world.publish(...images);
  return world;
}

describe("createPlan: forced builds", () => {
  it("builds what exists again, and what is built on it, with who and why and how far", async () => {
    const plan = await planWith(published(replacing), { force });
    expect(states(plan)).toEqual({
      "cpython-tsan": "queued",
      "cpython-asan": "built",
      "numpy-tsan": "queued",
      "numpy-asan": "built",
    });
    expect(plan.nodes.find((node) => node.image === "cpython-tsan")?.reasons).toMatchObject([
      { code: "forced", by: "Ada", why: "the certificates ran out" },
      { code: "version-selected" },
    ]);
    expect(plan.nodes.find((node) => node.image === "numpy-tsan")?.reasons[0]).toEqual({
      code: "parent-rebuilt",
      parent: "cpython-tsan@3.14.3t",
      distance: 1,
    });
  });

  it("pins what is built on it to the new build, not to what is there", async () => {
    const plan = await planWith(published(replacing), { force });
    const born = { fromStep: "verify:cpython-tsan@3.14.3t" };
    expect(plan.steps.find((step) => step.id === "build:numpy-tsan@3.14.3t")).toMatchObject({
      dependsOn: [born.fromStep],
      bases: [{ target: born }],
      key: { platforms: [{ bases: [born] }] },
    });
  });

  it("names what lies further below with its distance, and keeps an unchanged neighbour", async () => {
    const images = {
      a: { workflow: "x.yml" },
      b: { workflow: "x.yml", base: "a" },
      c: { workflow: "x.yml", base: ["b", "a"] },
      d: { workflow: "x.yml", base: "c" },
      e: { workflow: "x.yml" },
    };
    const world = createWorld({ ...replacing, images });
    world.publish(...Object.keys(images));
    const plan = await planWith(world, { force: [{ images: ["a"], by: "Ada", why: "x" }] });
    const distances = plan.nodes.map(({ image, reasons }) => {
      const found = reasons.flatMap((reason) =>
        reason.code === "parent-rebuilt" ? [[reason.parent, reason.distance]] : [],
      );
      return [image, Object.fromEntries(found)];
    });
    const id = (image: string) => `${image}@3.14.3t`;
    expect(Object.fromEntries(distances)).toEqual({
      a: {},
      b: { [id("a")]: 1 },
      c: { [id("b")]: 1, [id("a")]: 1 },
      d: { [id("c")]: 1, [id("b")]: 2, [id("a")]: 2 },
      e: {},
    });
  });

  it("builds again what was built here from the same sources", async () => {
    const world = createWorld(replacing);
    await world.execute(await world.plan());
    const before = world.registry.digestOfTag(at("cpython-tsan"));
    expect((await world.execute(await planWith(world, { force }))).state).toBe("complete");
    expect(world.registry.digestOfTag(at("cpython-tsan"))).not.toBe(before);
    expect((await world.plan()).steps).toEqual([]);
  });

  it.each(["staged", "direct"] as const)("replaces what the tags show, once (%s)", async (publish) => {
    const world = published({ ...replacing, publish });
    const before = world.registry.digestOfTag(at("cpython-tsan"));
    if (before === undefined) throw new Error("nothing is published");
    const options = { force: [{ ...force[0], by: "Ada", why: "old", replacing: before }] };
    const plan = await planWith(world, options);
    expect(plan.steps.find((step) => step.kind === "build")).toMatchObject({ replaces: before });
    expect((await world.execute(plan)).state).toBe("complete");
    const after = world.registry.digestOfTag(at("cpython-tsan"));
    expect(after).not.toBe(before);
    expect(world.registry.digestOfTag(at("cpython-tsan", "3.14t"))).toBe(after);
    expect((await planWith(world, options)).steps).toEqual([]);
    expect((await world.plan()).steps).toEqual([]);
  });

  it("promotes the forced build that was not promoted, instead of building once more", async () => {
    const world = published(replacing);
    world.registry.failures.set(`tag ${at("cpython-tsan")}`, "UNAVAILABLE");
    await world.execute(await planWith(world, { force }));
    world.registry.failures.clear();
    const plan = await planWith(world, { force });
    expect(states(plan)).toMatchObject({ "cpython-tsan": "tag-missing", "numpy-tsan": "built" });
    expect(reasonsOf(plan, "cpython-tsan")).toEqual(["forced", "staged-build-found", "version-selected"]);
  });

  it("keeps releases that the definition keeps, and says what would be", async () => {
    const plan = await planWith(published(cpythonConfig), { force });
    expect(plan.steps).toEqual([]);
    expect(reasonsOf(plan, "cpython-tsan")).toEqual(["up-to-date", "forced", "release-kept", "version-selected"]);
    expect(reasonsOf(plan, "numpy-tsan")).toEqual(["up-to-date", "version-selected"]);
  });

  it("builds nothing that is unknown, whoever wants it", async () => {
    const world = published(replacing);
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, "UNAVAILABLE");
    const plan = await planWith(world, { force: [{ by: "Ada", why: "all of it" }] });
    expect(states(plan)).toMatchObject({ "cpython-tsan": "unknown", "numpy-tsan": "blocked on cpython-tsan@3.14.3t" });
    expect(plan.steps.filter((step) => step.node.includes("tsan"))).toEqual([]);
  });

  it.each<[string, PlanOptions]>([
    ["an order of nobody", { force: [{ by: " ", why: "x" }] }],
    ["an order without reason", { holds: [{ by: "Ada", why: "" }] }],
    ["an image that is not there", { only: { images: ["numpy-tsam"] } }],
    ["a forced image that is not there", { force: [{ images: ["x*"], by: "Ada", why: "x" }] }],
  ])("refuses %s", async (_, options) => {
    const world = createWorld();
    const state = await observeState(world.family, world.ports);
    expect(codeOf(() => createPlan(world.family, state, world.clock.now(), options))).toBe("INVALID_INPUT");
  });
});

describe("createPlan: holds", () => {
  it("neither builds nor tags what is held, nor what is built on it", async () => {
    const world = createWorld();
    world.publish("cpython-asan");
    world.registry.push(at("cpython-asan", "3.14t"), { seed: "older" });
    const holds = [{ images: ["cpython-*"], by: "Ada", why: "broken compiler" }];
    const plan = await planWith(world, { holds });
    expect(states(plan)).toEqual({
      "cpython-tsan": "blocked on hold",
      "cpython-asan": "built",
      "numpy-tsan": "blocked on cpython-tsan@3.14.3t",
      "numpy-asan": "queued",
    });
    expect(reasonsOf(plan, "cpython-tsan")).toEqual(["missing-in-registry", "held", "version-selected"]);
    expect(stepsOf(plan).filter((id) => id.includes("cpython"))).toEqual([]);
  });

  it.each([
    ["2026-11-21T02:00:00Z", "queued"],
    ["2026-11-21T02:00:01Z", "blocked on hold"],
  ])("ends a hold until %s", async (until, expected) => {
    const holds = [{ versions: ["3.14.*"], by: "Ada", why: "x", until: parseInstant(until) }];
    expect(states(await planWith(createWorld(), { holds }))["cpython-tsan"]).toBe(expected);
  });

  it("is stronger than a force, and does not build what is built on it again", async () => {
    const plan = await planWith(published(replacing), { force, holds: [{ by: "Ada", why: "freeze" }] });
    expect([plan.steps, reasonsOf(plan, "cpython-tsan")]).toEqual([[], ["up-to-date", "held", "version-selected"]]);
  });

  it("holds single tags", async () => {
    const interventions = [{ kind: "hold", tags: ["3.14t"], by: "Ada", why: "docs first" }] as const;
    const plan = await planWith(createWorld(), { interventions });
    expect(plan.steps.flatMap((step) => (step.kind === "tag" ? [step.tag] : []))).toEqual(images.map(() => "3.14.3t"));
    expect(new Set(plan.nodes.map((node) => node.withheld[0]?.reasons[0].code))).toEqual(new Set(["tag-held"]));
  });
});

describe("createPlan: age", () => {
  const aged = { ...replacing, images: { a: { workflow: "a.yml" } }, maxAgeDays: 30 };
  async function planOfAge(created: string | undefined, unknownAge: "young" | "old") {
    const world = createWorld(aged);
    world.publish("a");
    const state: ReleaseState = await observeState(world.family, world.ports);
    const [key = ""] = Object.keys(state.images ?? {});
    const platform = { digest: digestOf(new Uint8Array()), base: {}, diffIds: [], history: [] };
    const told = created === undefined ? platform : { ...platform, created: parseInstant(created) };
    const read = { ...state, images: { [key]: { state: "read" as const, platforms: { "linux/amd64": told } } } };
    return createPlan(world.family, read, world.clock.now(), { unknownAge });
  }

  it.each<[string, string | undefined, "young" | "old", string]>([
    ["of 30 days", "2026-10-22T02:00:00Z", "young", "too-old"],
    ["of a second less", "2026-10-22T02:00:01Z", "old", "up-to-date"],
    ["of the future", "2027-01-01T00:00:00Z", "young", "up-to-date"],
    ["of no known age", undefined, "young", "up-to-date"],
    ["of no known age, where that counts as old", undefined, "old", "age-unknown"],
  ])("judges an image %s", async (_, created, unknownAge, code) => {
    const plan = await planOfAge(created, unknownAge);
    expect(reasonsOf(plan, "a")?.[0]).toBe(code);
    expect(plan.steps.some((step) => step.kind === "build")).toBe(code !== "up-to-date");
  });
});

describe("createPlan: only", () => {
  it("plans what is selected and what that needs, and says what it leaves out", async () => {
    const plan = await planWith(createWorld(), { only: { images: ["numpy-t*"] } });
    expect(plan.nodes.map((node) => node.image)).toEqual(["cpython-tsan", "numpy-tsan"]);
    expect(plan.leftOut).toEqual(["cpython-asan@3.14.3t", "numpy-asan@3.14.3t"]);
  });

  it("leaves out bases that are there", async () => {
    const world = createWorld();
    world.publish("cpython-tsan");
    const plan = await planWith(world, { only: { images: ["numpy-tsan"], versions: ["3.14.*"] } });
    expect(plan.nodes.map((node) => node.image)).toEqual(["numpy-tsan"]);
    expect(plan.steps[0]).toMatchObject({ kind: "build", dependsOn: [] });
    expect((await world.execute(plan)).state).toBe("complete");
  });

  it("shows why something selected cannot be built", async () => {
    const world = createWorld();
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, "UNAVAILABLE");
    const plan = await planWith(world, { only: { images: ["numpy-tsan"] } });
    expect(states(plan)).toEqual({ "cpython-tsan": "unknown", "numpy-tsan": "blocked on cpython-tsan@3.14.3t" });
  });

  it("selects nothing by versions that are not there", async () => {
    const plan = await planWith(createWorld(), { only: { versions: ["2.*"] } });
    expect([plan.nodes, plan.leftOut?.length]).toEqual([[], 4]);
    expect(renderPlan(plan, "markdown")).toContain("4 images left out");
  });
});
