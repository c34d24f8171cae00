import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { at, cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";

const images = { a: { workflow: "a.yml" }, b: { workflow: "b.yml" } };
const gated: FamilyConfig = { ...cpythonConfig, images, release: "apps" };
const copied: FamilyConfig = { ...gated, copies: ["docker.io/acme/{image}"] };
const published = (world: World) =>
  Object.keys(world.registry.snapshot()).filter((reference) => !reference.includes(":bp-"));
const puts = (world: World) => world.registry.calls.filter((call) => call.startsWith("put ghcr.io/"));

async function failedPreflight(world: World) {
  const { outcomes } = await world.execute(await world.plan());
  return outcomes.find((outcome) => outcome.state === "failed");
}

describe("the look at a group before its first tag", () => {
  it("proves that each repository may be written to, without changing anything", async () => {
    const world = createWorld(gated);
    expect((await world.execute(await world.plan())).state).toBe("complete");
    const digests = ["a", "b"].map((image) => world.registry.digestOfTag(at(image)));
    expect(puts(world).sort()).toEqual(["a", "b"].map((image, index) => `put ghcr.io/o/${image}@${digests[index]}`));
  });

  it("needs no proof of what a copy of the plan has just written to", async () => {
    const world = createWorld(copied);
    expect((await world.execute(await world.plan())).state).toBe("complete");
    const writes = world.registry.calls.filter((call) => call.startsWith("put docker.io/"));
    expect(new Set(writes).size).toBe(writes.length);
    expect(puts(world)).toHaveLength(2);
  });

  it("needs no proof for a group in one repository: its first tag is one", async () => {
    const world = createWorld({ ...gated, images: { a: { workflow: "a.yml" } } });
    expect((await world.execute(await world.plan())).state).toBe("complete");
    expect(puts(world)).toEqual([]);
  });

  it.each(["unknown", "absent"] as const)(
    "where the registry does not say what a tag shows (%s)",
    async (deniedMeans) => {
      const world = createWorld({ ...gated, deniedMeans });
      const plan = await world.plan();
      world.registry.failures.set(`resolve ${at("b")}`, "denied-or-absent");
      const { outcomes, state } = await world.execute(plan, { onDrift: "pinned" });
      const failed = outcomes.find((outcome) => outcome.state === "failed");
      if (deniedMeans === "unknown")
        expect(failed).toMatchObject({ step: "preflight:group:apps@3.14t", code: "DENIED" });
      expect([state, published(world).length > 0]).toEqual(
        deniedMeans === "absent" ? ["complete", true] : ["partial", false],
      );
    },
  );

  it("stops the group with nothing moved where a repository refuses", async () => {
    const world = createWorld(gated);
    world.publish("b");
    world.registry.push(at("b", "3.14t"), { seed: "older" });
    const before = published(world);
    world.registry.failures.set(`put ghcr.io/o/b@${world.registry.digestOfTag(at("b"))}`, "DENIED");
    expect(await failedPreflight(world)).toMatchObject({ step: "preflight:group:apps@3.14t", code: "DENIED" });
    expect(published(world)).toEqual(before);
    expect(world.registry.digestOfTag(at("b", "3.14t"))).not.toBe(world.registry.digestOfTag(at("b")));
  });
});
