import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { observeState } from "../observe/observe-state.ts";
import { previewObservation } from "../observe/preview-observation.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { planOf, stepsOf } from "../testing/plan-of.ts";
import { planPins } from "./plan-pins.ts";
import { planPromotion } from "./plan-promotion.ts";
import { planRollback } from "./plan-rollback.ts";

const images = { a: { workflow: "a.yml" } };
const config: FamilyConfig = { ...cpythonConfig, images, copies: ["docker.io/acme/{image}"] };
const copyAt = (tag: string) => `docker.io/acme/a:${tag}`;
const node = "a@3.14.3t";
const copy = `copy:${node}:docker.io/acme/a`;

describe("createPlan: copies", () => {
  it("copies once the image is verified and gives it the same tags, exact ones first", async () => {
    const world = createWorld(config);
    const plan = await world.plan();
    expect(stepsOf(plan).slice(3)).toEqual([
      `tag:${node}:3.14.3t`,
      `tag:${node}:3.14t`,
      copy,
      `tag:${node}:docker.io/acme/a:3.14.3t`,
      `tag:${node}:docker.io/acme/a:3.14t`,
    ]);
    expect(plan.steps.find(({ id }) => id === copy)?.dependsOn).toEqual([`verify:${node}`]);
    expect((await world.execute(plan)).state).toBe("complete");
    const digest = world.registry.digestOfTag(at("a"));
    expect(digest).toBeDefined();
    for (const tag of ["3.14.3t", "3.14t"]) expect(world.registry.digestOfTag(copyAt(tag))).toBe(digest);
    expect(stepsOf(await world.plan())).toEqual([]);
  });

  it("brings a copy that lags behind up to date, and touches nothing else", async () => {
    const world = createWorld(config);
    world.publish("a");
    world.registry.push(copyAt("3.14.2t"), { seed: "older" });
    const older = world.registry.push(copyAt("3.14t"), { seed: "older" });
    const plan = await world.plan();
    expect(stepsOf(plan)).toEqual([copy, ...["3.14.3t", "3.14t"].map((tag) => `tag:${node}:${copyAt(tag)}`)]);
    expect(planPins(plan)).toContain(`docker.io/acme/a@${older}`);
    expect((await world.execute(plan)).state).toBe("complete");
    expect(stepsOf(await world.plan())).toEqual([]);

    // What a copy's moving tags showed comes back.
    const back = planRollback(plan, await observeState(world.family, world.ports), world.clock.now());
    expect(stepsOf(back)).toEqual([`tag:${node}:${copyAt("3.14t")}`]);
    expect((await world.execute(back)).state).toBe("complete");
    expect(world.registry.digestOfTag(copyAt("3.14t"))).toBe(older);
    expect(world.registry.digestOfTag(at("a", "3.14t"))).not.toBe(older);
  });

  it("decides by what the copy has: its own listing guards its moving tags", async () => {
    const plan = await planOf((world) => {
      world.publish("a");
      world.registry.push(copyAt("3.14.9t"), { seed: "newer" });
      world.registry.push(copyAt("3.14t"), { seed: "newer" });
    }, config);
    expect(stepsOf(plan)).toEqual([copy, `tag:${node}:${copyAt("3.14.3t")}`]);
    expect(plan.nodes[0]?.withheld).toMatchObject([
      { tag: "3.14t", repository: "docker.io/acme/a", reasons: [{ code: "not-highest" }] },
    ]);
  });

  it("never overwrites a release in a copy, unless the definition replaces releases", async () => {
    const prepare = (world: ReturnType<typeof createWorld>) => {
      world.publish("a");
      world.registry.push(copyAt("3.14.3t"), { seed: "other" });
      world.registry.push(copyAt("3.14t"), { seed: "other" });
    };
    const kept = await planOf(prepare, { ...config, tags: ["{version}"] });
    expect([stepsOf(kept), kept.nodes[0]?.withheld[0]?.reasons[0].code]).toEqual([[], "immutable-conflict"]);
    const world = createWorld({ ...config, rebuilds: "replace" });
    prepare(world);
    expect((await world.execute(await world.plan())).state).toBe("complete");
    expect(world.registry.digestOfTag(copyAt("3.14.3t"))).toBe(world.registry.digestOfTag(at("a")));
    expect(stepsOf(await world.plan())).toEqual([]);
  });

  it.each([
    ["holds only the tags there", config, 2],
    ["holds all of a gated group", { ...config, release: "apps" }, 0],
  ])("where a copy cannot be asked: %s", async (_, family, tags) => {
    const plan = await planOf((world) => {
      for (const tag of ["3.14.3t", "3.14t"]) world.registry.failures.set(`resolve ${copyAt(tag)}`, "TIMEOUT");
    }, family);
    expect(plan.steps.filter(({ kind }) => kind === "tag")).toHaveLength(tags);
    expect(plan.steps.some(({ kind }) => kind === "copy")).toBe(false);
    expect(plan.nodes[0]?.withheld).toContainEqual(
      expect.objectContaining({ tag: "3.14.3t", repository: "docker.io/acme/a" }),
    );
  });

  it("looks at the tags of all repositories of a gated group after its copies", async () => {
    const world = createWorld({ ...config, release: "apps" });
    const plan = await world.plan();
    const preflight = plan.steps.find((step) => step.kind === "preflight");
    expect(preflight?.dependsOn).toEqual([`verify:${node}`, copy]);
    expect(preflight?.kind === "preflight" && preflight.tags.map(({ repository }) => repository.registry)).toEqual([
      "ghcr.io",
      "docker.io",
      "ghcr.io",
      "docker.io",
    ]);
    expect((await world.execute(plan)).state).toBe("complete");
    expect(stepsOf(await world.plan())).toEqual([]);
  });

  it("costs what the preview says", async () => {
    const world = createWorld({ ...config, images: { a: { workflow: "a.yml" }, b: { workflow: "b.yml" } } });
    for (const image of ["a", "b"])
      for (const tag of ["3.14.3t", "3.14t"])
        for (const place of [at(image, tag), `docker.io/acme/${image}:${tag}`])
          world.registry.push(place, { seed: image });
    const preview = previewObservation(world.family);
    await observeState(world.family, world.ports);
    const asked = (host: string) => world.registry.calls.filter((call) => call.includes(` ${host}/`)).length;
    expect(preview.registries.map(({ registry, atLeast }) => [registry, atLeast.oneByOne])).toEqual([
      ["docker.io", asked("docker.io")],
      ["ghcr.io", asked("ghcr.io")],
    ]);
  });
});

describe("planPromotion: to other registries", () => {
  it("copies first, then tags there, behind one look at everything", async () => {
    const world = createWorld(config);
    const digest = world.registry.push(at("a", "candidate"), { seed: "tested" });
    const repository = { registry: "ghcr.io", repository: "o/a" };
    const to = [repository, { registry: "docker.io", repository: "acme/a" }];
    const tested = { image: "a", version: "3.14.3t", repository, digest, platforms: ["linux/amd64"] };
    const tags = { [node]: [{ tag: "3.14.3t", mutability: "immutable" }] } as const;
    const references = {
      [at("a")]: { state: "absent" },
      [copyAt("3.14.3t")]: { state: "absent" },
    } as const;
    const now = world.clock.now();
    const plan = planPromotion([{ ...tested, to }], tags, { references }, now);
    expect(stepsOf(plan)).toEqual([
      `verify:${node}`,
      copy,
      "preflight:promotion",
      `tag:${node}:3.14.3t`,
      `tag:${node}:${copyAt("3.14.3t")}`,
    ]);
    expect(plan.groups).toEqual({ promotion: "gate" });
    expect((await world.execute(plan)).state).toBe("complete");
    expect(world.registry.digestOfTag(copyAt("3.14.3t"))).toBe(digest);
    const known = { [at("a")]: { state: "absent" } } as const;
    expect(stepsOf(planPromotion([{ ...tested, to }], tags, { references: known }, now))).toEqual([]);
    expect(() => planPromotion([{ ...tested, to: [] }], tags, { references }, now)).toThrow(/no repository/);
  });
});
