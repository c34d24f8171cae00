import { describe, expect, it } from "vitest";
import { observeState } from "../observe/observe-state.ts";
import type { Digest } from "../oci/digest.ts";
import { codeOf } from "../testing/code-of.ts";
import { at, createWorld, type World } from "../testing/cpython-world.ts";
import { type PromotedTag, planPromotion, type TestedImage } from "./plan-promotion.ts";

const names = ["cpython-tsan", "numpy-tsan"] as const;
const version = "3.14.3t";

function tested(world: World): TestedImage[] {
  return names.map((image) => {
    const digest = world.registry.push(`${at(image, "candidate")}`, { seed: `tested ${image}` });
    return {
      image,
      version,
      repository: { registry: "ghcr.io", repository: `o/${image}` },
      digest,
      platforms: ["linux/amd64"],
    };
  });
}

const wanted: Readonly<Record<string, readonly PromotedTag[]>> = Object.fromEntries(
  names.map((image) => [
    `${image}@${version}`,
    [
      { tag: "3.14t", mutability: "moving" },
      { tag: version, mutability: "immutable" },
    ] as const,
  ]),
);

const promote = async (world: World, images: readonly TestedImage[]) =>
  planPromotion(images, wanted, await observeState(world.family, world.ports), world.clock.now());

describe("planPromotion", () => {
  it("puts exactly the tested bytes, all verified first, immutable tags before moving ones", async () => {
    const world = createWorld();
    const images = tested(world);
    const plan = await promote(world, images);
    expect(plan.steps.map((step) => step.id)).toEqual([
      ...names.map((image) => `verify:${image}@${version}`),
      "preflight:promotion",
      ...names.map((image) => `tag:${image}@${version}:${version}`),
      ...names.map((image) => `tag:${image}@${version}:3.14t`),
    ]);
    expect(plan.steps[5]?.dependsOn).toEqual(names.map((image) => `tag:${image}@${version}:${version}`));
    expect((await world.execute(plan)).state).toBe("complete");
    for (const { image, digest } of images)
      expect([world.registry.digestOfTag(at(image)), world.registry.digestOfTag(at(image, "3.14t"))]).toEqual([
        digest,
        digest,
      ]);
    expect((await promote(world, images)).steps).toEqual([]);
  });

  it("moves no tag of a group of which one image lacks a platform", async () => {
    const world = createWorld();
    const images = tested(world);
    const digest = world.registry.push(at("numpy-tsan", "candidate"), { platforms: ["linux/arm64"] });
    const before = world.registry.snapshot();
    const result = await world.execute(
      await promote(
        world,
        images.map((one, index) => (index === 1 ? { ...one, digest } : one)),
      ),
    );
    expect([result.state, world.registry.snapshot()]).toEqual(["partial", before]);
  });

  it.each<[string, (world: World) => void, string]>([
    ["is another image", (world) => world.registry.push(at("numpy-tsan"), { seed: "other" }), "immutable-conflict"],
    [
      "is unknown",
      (world) => world.registry.failures.set(`resolve ${at("numpy-tsan")}`, "TIMEOUT"),
      "registry-unknown",
    ],
    [
      "may be denied",
      (world) => world.registry.failures.set(`resolve ${at("numpy-tsan", "3.14t")}`, "denied-or-absent"),
      "registry-unknown",
    ],
  ])("plans nothing where one target %s", async (_, prepare, code) => {
    const world = createWorld();
    prepare(world);
    const plan = await promote(world, tested(world));
    expect(plan.steps).toEqual([]);
    expect(plan.nodes.map((node) => node.reasons[0].code)).toEqual(["group-held", code]);
  });

  it("refuses what is unclear", () => {
    const world = createWorld();
    const [first, second] = tested(world);
    if (first === undefined || second === undefined) throw new Error("nothing was tested");
    const state = { references: {} };
    const plan = (images: readonly TestedImage[], tags: typeof wanted) =>
      codeOf(() => planPromotion(images, tags, state, world.clock.now()));
    expect(plan([first, first], wanted)).toBe("INVALID_INPUT");
    expect(plan([first], wanted)).toBe("INVALID_INPUT");
    expect(plan([first], { "cpython-tsan@3.14.3t": [{ tag: "a/b", mutability: "moving" }] })).toBe("INVALID_TAG");
    const twice = [{ tag: "a", mutability: "moving" }] as const;
    expect(plan([first], { "cpython-tsan@3.14.3t": [...twice, ...twice] })).toBe("INVALID_INPUT");
    const digest = `sha256:${"0".repeat(64)}` as Digest;
    expect(planPromotion([{ ...first, digest }], {}, state, world.clock.now())).toMatchObject({ steps: [] });
  });
});
