import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { observeState } from "../observe/observe-state.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { planOf, states, stepsOf } from "../testing/plan-of.ts";
import { createPlan } from "./create-plan.ts";
import type { Plan, Step } from "./plan.ts";

const group = "group:apps@3.14t";
const names = Object.keys(cpythonConfig.images);
const gated: FamilyConfig = { ...cpythonConfig, release: "apps" };
const withLatest: FamilyConfig = { ...gated, tags: ["{version}", { alias: "{major}.{minor}t" }, { alias: "latest" }] };

const tagsOf = (plan: Plan) => plan.steps.flatMap((step) => (step.kind === "tag" ? [`${step.node}:${step.tag}`] : []));
const heldOf = (plan: Plan) =>
  plan.nodes.flatMap(({ image, withheld }) =>
    withheld.flatMap(({ tag, reasons: [first] }) =>
      first.code === "group-held" ? [`${image}:${tag} because ${first.because}`] : [],
    ),
  );

/** Everything that a step comes after, directly or not. */
function before(plan: Plan, step: Step): ReadonlySet<string> {
  const steps = new Map(plan.steps.map((each) => [each.id, each]));
  const found = new Set<string>();
  const open = [...step.dependsOn];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(steps.get(id)?.dependsOn ?? []));
  }
  return found;
}

describe("createPlan: a gated group", () => {
  it("writes no tag before all members are verified, and `latest` last of all", async () => {
    const plan = await planOf(() => {}, withLatest);
    expect(plan.groups).toEqual({ [group]: "gate" });
    expect(new Set(plan.steps.map((step) => step.group))).toEqual(new Set([group]));
    const preflight = plan.steps.find((step) => step.kind === "preflight");
    expect(preflight?.dependsOn).toEqual(plan.nodes.map((node) => `verify:${node.id}`));
    const tags = plan.steps.filter((step) => step.kind === "tag");
    expect(preflight?.kind === "preflight" && preflight.tags.map(({ tag }) => tag)).toEqual(tags.map(({ tag }) => tag));
    expect(tags.map(({ tag }) => tag)).toEqual([
      ...names.map(() => "3.14.3t"),
      ...names.map(() => "3.14t"),
      ...names.map(() => "latest"),
    ]);
    for (const tag of tags) {
      const earlier = before(plan, tag);
      expect(earlier.has(preflight?.id ?? "")).toBe(true);
      const wanted = tags.filter(
        (other) =>
          (tag.mutability === "moving" && other.mutability === "immutable") ||
          (tag.tag === "latest" && other.tag === "3.14t"),
      );
      expect(wanted.filter(({ id }) => !earlier.has(id))).toEqual([]);
    }
    // Each names few others, so that a large group is not the square of its size.
    expect(Math.max(...tags.map(({ dependsOn }) => dependsOn.length))).toBeLessThanOrEqual(names.length);
    expect(tags.filter(({ dependsOn }) => dependsOn.length > 1)).toHaveLength(2);
  });

  it("is one for each version", async () => {
    const version = ["3.13", "3.14"].map((line) => ({ source: "python.org", scheme: "cpython-tag", line }));
    const plan = await planOf(() => {}, { ...gated, version, tags: ["{version}"] });
    expect(Object.keys(plan.groups ?? {})).toEqual(["group:apps@3.13", "group:apps@3.14"]);
    expect(plan.steps.filter(({ kind }) => kind === "preflight").map(({ id }) => id)).toEqual([
      "preflight:group:apps@3.13",
      "preflight:group:apps@3.14",
    ]);
  });

  it("goes by the whole group, though members are published already", async () => {
    const plan = await planOf((world) => {
      world.publish("cpython-tsan", "cpython-asan", "numpy-asan");
    }, gated);
    expect(tagsOf(plan)).toEqual(["numpy-tsan@3.14.3t:3.14.3t", "numpy-tsan@3.14.3t:3.14t"]);
    expect((await planOf((world) => world.publish(...names), gated)).groups).toBeUndefined();
  });

  it.each<[string, (world: World) => void, string]>([
    ["is unknown", (world) => world.registry.failures.set(`resolve ${at("numpy-asan")}`, "TIMEOUT"), "numpy-asan"],
    [
      "has an immutable tag that shows another image",
      (world) => {
        world.publish("numpy-asan");
        world.registry.push(at("numpy-asan", "3.14.3t-slim"), { seed: "other" });
      },
      "numpy-asan",
    ],
    [
      "has an immutable tag that shows an image before it is built",
      (world) => world.registry.push(at("numpy-asan", "3.14.3t-slim"), { seed: "other" }),
      "numpy-asan",
    ],
    [
      "has a tag that could not be asked",
      (world) => world.registry.failures.set(`resolve ${at("numpy-asan", "3.14t")}`, "TIMEOUT"),
      "numpy-asan",
    ],
    [
      "has a repository that could not be listed",
      (world) => world.registry.failures.set("list ghcr.io/o/numpy-asan", "TIMEOUT"),
      "numpy-asan",
    ],
  ])("gets no tag at all while one member %s; the others are built and wait", async (_, prepare, because) => {
    const world = createWorld({ ...gated, tags: ["{version}", "{version}-slim", { alias: "{major}.{minor}t" }] });
    prepare(world);
    const before = world.registry.snapshot();
    const plan = await world.plan();
    expect(tagsOf(plan)).toEqual([]);
    expect(heldOf(plan)).toContain(`cpython-tsan:3.14.3t because ${because}@3.14.3t`);
    expect((await world.execute(plan)).state).toBe("complete");
    const staged = Object.keys(world.registry.snapshot()).filter((reference) => !(reference in before));
    expect(staged.length).toBeGreaterThanOrEqual(3);
    for (const reference of staged) expect(reference).toContain(":bp-");
    // Nothing is checked again and again while it waits.
    expect(stepsOf(await world.plan())).toEqual([]);
    world.registry.failures.clear();
    expect(states(await world.plan())["cpython-tsan"]).toBe("tag-missing");
  });

  it("waits for a member that is held, blocked, or left out with something to do", async () => {
    const world = createWorld(gated);
    world.publish("cpython-asan", "numpy-asan");
    const state = await observeState(world.family, world.ports);
    const plan = (options: Parameters<typeof createPlan>[3]) =>
      createPlan(world.family, state, world.clock.now(), options);
    const held = plan({ holds: [{ images: ["numpy-tsan"], by: "Ada", why: "broken" }] });
    expect([tagsOf(held), heldOf(held)]).toEqual([
      [],
      ["cpython-tsan:3.14.3t", "cpython-tsan:3.14t"].map((tag) => `${tag} because numpy-tsan@3.14.3t`),
    ]);
    const some = plan({ only: { images: ["cpython-tsan"] } });
    expect(heldOf(some)).toEqual(heldOf(held));
    // Members that are complete may be left out.
    expect(tagsOf(plan({ only: { images: ["*-tsan"] } }))).toHaveLength(4);
  });

  it("finishes what an execution left half moved", async () => {
    const world = createWorld(gated);
    world.registry.failures.set(`tag ${at("numpy-tsan", "3.14t")}`, "UNAVAILABLE");
    expect((await world.execute(await world.plan())).state).toBe("partial");
    world.registry.failures.clear();
    const plan = await world.plan();
    expect(plan.steps.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["preflight", "tag"]));
    expect((await world.execute(plan)).state).toBe("complete");
    expect(stepsOf(await world.plan())).toEqual([]);
  });

  it("checks what a workflow has published itself before it tags it, also in the next plan", async () => {
    const world = createWorld({ ...gated, publish: "direct", platforms: ["linux/amd64", "linux/arm64"] });
    for (const image of names) world.registry.push(at(image), { seed: image, platforms: ["linux/amd64"] });
    const plan = await world.plan();
    expect(plan.steps.filter(({ kind }) => kind === "verify")).toHaveLength(names.length);
    const before = world.registry.snapshot();
    expect([(await world.execute(plan)).state, world.registry.snapshot()]).toEqual(["partial", before]);
    for (const image of names) {
      const digest = world.registry.push(at(image), { seed: image, platforms: ["linux/amd64", "linux/arm64"] });
      expect(digest).toBe(world.registry.digestOfTag(at(image)));
    }
    expect((await world.execute(await world.plan())).state).toBe("complete");
    expect(stepsOf(await world.plan())).toEqual([]);
  });

  it("gates only what a workflow that publishes directly does not push itself", async () => {
    const plan = await planOf(() => {}, { ...gated, publish: "direct" });
    expect(tagsOf(plan)).toEqual(plan.nodes.map(({ id }) => `${id}:3.14t`));
    expect(plan.steps.filter(({ kind }) => kind === "preflight")).toHaveLength(1);
  });
});

describe("createPlan: other policies", () => {
  it.each(["independent", "fail-fast"] as const)("%s: tags follow their own image", async (onFailure) => {
    const plan = await planOf((world) => world.registry.failures.set(`resolve ${at("numpy-asan")}`, "TIMEOUT"), {
      ...cpythonConfig,
      release: { group: "apps", onFailure },
    });
    expect(plan.groups).toEqual({ [group]: onFailure });
    expect(tagsOf(plan)).toHaveLength(6);
    expect(plan.steps.some(({ kind }) => kind === "preflight")).toBe(false);
  });

  it("none: each image is its own group, and nothing is said of groups", async () => {
    const plan = await planOf(() => {});
    expect(plan.groups).toBeUndefined();
    expect(plan.steps.every((step) => step.group === step.node)).toBe(true);
  });
});
