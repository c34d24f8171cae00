import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FamilyConfig } from "../definition/family-config.ts";
import { parseDefinition } from "../definition/parse-definition.ts";
import { cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { observeState } from "./observe-state.ts";
import { previewObservation } from "./preview-observation.ts";

const base = "ghcr.io/lib/os:1";
const withBase: FamilyConfig = {
  ...cpythonConfig,
  images: { ...cpythonConfig.images, "cpython-tsan": { workflow: "cpython.yml", base } },
};

describe("previewObservation", () => {
  it("counts without asking: sources once, references per registry, with and without bulk", () => {
    const preview = previewObservation(parseDefinition(cpythonConfig));
    expect([preview.sources, preview.uncounted]).toEqual([["python.org", "numpy"], []]);
    const [registry] = preview.registries;
    expect(preview.registries.map((one) => one.registry)).toEqual(["ghcr.io"]);
    // Four exact tags, four aliases, four listings.
    expect(registry?.atLeast).toMatchObject({
      references: 8,
      listings: 4,
      reads: 0,
      oneByOne: 12,
      bulkCalls: 1,
      inBulk: 5,
    });
    // Staging tags of the two that have no base, and of those on them, each with its platforms.
    expect(registry?.atMost).toMatchObject({ references: 12, listings: 4 });
  });

  it("is right: what is asked lies between its bounds, whatever is there", async () => {
    const images = Object.keys(withBase.images);
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(images),
        fc.constantFrom<FamilyConfig["adopt"] & string>("trust", "verify", "rebuild"),
        fc.constantFrom<FamilyConfig["drift"] & string>("ignore", "watch"),
        fc.boolean(),
        async (published, adopt, drift, hasBase) => {
          const world = createWorld({ ...withBase, adopt, drift, rebuilds: "replace" });
          if (hasBase) world.registry.push(base, { seed: "os" });
          world.publish(...published);
          const [counted] = previewObservation(world.family).registries;
          await observeState(world.family, world.ports);
          const of = (kind: string) => world.registry.calls.filter((call) => call.startsWith(kind)).length;
          const [references, asked] = [of("resolve"), world.registry.calls.length];
          expect(asked).toBeLessThanOrEqual(counted?.atMost.oneByOne ?? 0);
          expect(references + of("list")).toBeGreaterThanOrEqual(8);
          if (hasBase && published.length === images.length && adopt === "trust" && drift === "ignore")
            expect(asked).toBe(counted?.atLeast.oneByOne);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes what is known already, and leaves out legs without a version", async () => {
    const world = createWorld();
    const { sources } = await observeState(world.family, world.ports);
    const facts = { formatVersion: 1, observedAt: world.clock.now(), sources, references: {}, tags: {} } as const;
    expect(previewObservation(world.family, facts).sources).toEqual([]);
    const none = {
      ...facts,
      sources: { ...sources, "python.org": { state: "unknown", error: "TIMEOUT", message: "" } as const },
    };
    expect(previewObservation(world.family, none)).toMatchObject({ uncounted: ["3.14t"], registries: [] });
  });

  it("says which legs it cannot imagine a version of", () => {
    const scheme = { name: "regex", pattern: "^release-of-(?P<major>\\d+)-bananas$" };
    const family = parseDefinition({
      ...cpythonConfig,
      version: { source: "s", scheme },
      companions: {},
      images: { a: { workflow: "a.yml" } },
    });
    expect(previewObservation(family).uncounted).toEqual(["s"]);
  });

  it("counts every line of a matrix", () => {
    const version = {
      source: "s",
      scheme: "cpython-tag",
      matrix: { line: ["3.12", "3.13", "3.14"], variant: ["", "t"] },
    };
    const tags = ["{version}"];
    const family = parseDefinition({
      ...cpythonConfig,
      version,
      tags,
      companions: {},
      images: { a: { workflow: "a.yml" } },
    });
    expect(previewObservation(family).registries[0]?.atLeast.references).toBe(6);
  });
});
