import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { states } from "../testing/outcomes.ts";

const debian = "docker.io/library/debian:13";

/** The sanitizer images on a base that is none of ours. */
const onDebian: FamilyConfig = {
  ...cpythonConfig,
  images: {
    "cpython-tsan": {
      workflow: "cpython.yml",
      base: "debian:13",
      inputs: { base: "{base}", destination: "{destination}" },
    },
  },
};

function debianWorld(platforms: readonly string[] = ["linux/amd64"]) {
  const world = createWorld({ ...onDebian, platforms: [...platforms] }, ["ghcr.io", "docker.io"]);
  world.build = ({ inputs }) => ({ push: () => world.registry.push(inputs["destination"] ?? "", { platforms }) });
  world.registry.push(debian, { seed: "old", platforms });
  return world;
}

/** Nothing was written and nobody was asked to build. */
function effects(world: ReturnType<typeof createWorld>) {
  return [...world.registry.calls.filter((call) => call.startsWith("tag ")), ...world.ci.dispatched];
}

describe("a base that is none of ours", () => {
  it("is drift when what images are built on has moved, with the policy pinned it is not", async () => {
    const world = debianWorld();
    const plan = await world.plan();
    const planned = world.registry.digestOfTag(debian);
    const found = world.registry.push(debian, { seed: "new" });
    const stale = await world.execute(plan);
    expect(stale).toMatchObject({
      state: "stale",
      drift: [{ kind: "base-moved", reference: debian, planned: { digest: planned }, found: { digest: found } }],
    });
    expect(effects(world)).toEqual([]);
    expect((await world.execute(plan, { onDrift: "pinned" })).state).toBe("complete");
    expect(world.ci.dispatched[0]?.inputs["base"]).toBe(`docker.io/library/debian@${planned}`);
  });

  it("is no drift when only a platform changed that nothing is built for", async () => {
    const world = debianWorld(["linux/amd64", "linux/arm64"]);
    const plan = await world.plan();
    world.registry.push(debian, { seed: "old", platforms: ["linux/amd64", "linux/arm64", "linux/s390x"] });
    expect((await world.execute(plan)).state).toBe("complete");
  });

  it.each(["abort", "pinned"] as const)("is drift when the image is gone by its digest (%s)", async (onDrift) => {
    const world = debianWorld();
    const plan = await world.plan();
    const planned = world.registry.digestOfTag(debian);
    world.registry.push(debian, { seed: "new" });
    world.registry.lose(`docker.io/library/debian@${planned}`);
    const result = await world.execute(plan, { onDrift });
    expect(result).toMatchObject({
      state: "stale",
      drift: [{ kind: "image-gone", reference: `docker.io/library/debian@${planned}` }],
    });
  });

  it("that cannot be looked at fails the builds on it and nothing else", async () => {
    const config = { ...onDebian, images: { ...onDebian.images, "cpython-asan": { workflow: "cpython-asan.yml" } } };
    const world = createWorld(config, ["ghcr.io", "docker.io"]);
    world.registry.push(debian, { seed: "old" });
    const plan = await world.plan();
    world.registry.failures.set(`resolve ${debian}`, "UNAUTHORIZED");
    const result = await world.execute(plan);
    expect(states(result)).toMatchObject({
      "build:cpython-tsan@3.14.3t": "UNAUTHORIZED",
      "tag:cpython-asan@3.14.3t:3.14t": "done",
    });
    expect(world.ci.dispatched.map(({ workflow }) => workflow)).toEqual(["cpython-asan.yml"]);
  });

  it("is asked again while it fails for the moment, a few times", async () => {
    const world = debianWorld();
    const plan = await world.plan();
    const count = () => world.registry.calls.filter((call) => call === `resolve ${debian}`).length;
    const before = count();
    world.registry.failures.set(`resolve ${debian}`, "RATE_LIMITED");
    expect(states(await world.execute(plan))["build:cpython-tsan@3.14.3t"]).toBe("RATE_LIMITED");
    expect(count() - before).toBe(3);
    void world.clock.sleep(1).then(() => world.registry.failures.clear());
    expect((await world.execute(plan)).state).toBe("complete");
  });

  it("is asked once, however many images are built on it", async () => {
    const base = (workflow: string) => ({ workflow, base: "debian:13" });
    const names = Array.from({ length: 20 }, (_, place) => `image-${place}`);
    const config = { ...cpythonConfig, images: Object.fromEntries(names.map((name) => [name, base(`${name}.yml`)])) };
    const world = createWorld(config, ["ghcr.io", "docker.io"]);
    world.registry.push(debian);
    const plan = await world.plan();
    const before = world.registry.calls.length;
    await world.execute(plan);
    expect(world.registry.calls.slice(before).filter((call) => call.includes("debian"))).toHaveLength(1);
  });
});
