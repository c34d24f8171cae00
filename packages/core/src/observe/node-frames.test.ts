import { describe, expect, it } from "vitest";
import { defineConfig } from "../definition/parse-definition.ts";
import { nodeFrames } from "./node-frames.ts";

const family = defineConfig({
  repository: "registry.example/{image}",
  version: { source: "fixed", scheme: "semver" },
  images: { child: { workflow: "a.yml", base: "base" }, base: { workflow: "a.yml" } },
  tags: ["{version}"],
});

const idsOf = (of: typeof family, version: string) =>
  nodeFrames(of).flatMap(({ at }) => at(version).map(({ id, reference }) => [id, reference]));

describe("nodeFrames", () => {
  it("names nodes by their version, bases first, and by the same text where something is built on them", () => {
    expect(idsOf(family, "1.0.0")).toEqual([
      ["base@1.0.0", "registry.example/base:1.0.0"],
      ["child@1.0.0", "registry.example/child:1.0.0"],
    ]);
    expect(nodeFrames(family)[0]?.at("1.0.0")[1]?.bases).toEqual([{ kind: "node", node: "base@1.0.0" }]);
  });

  it("are kept for one version and made again for another", () => {
    const [leg] = nodeFrames(family);
    const first = leg?.at("1.0.0");
    expect(nodeFrames(family)[0]?.at("1.0.0")).toBe(first);
    expect(idsOf(family, "2.0.0").map(([id]) => id)).toEqual(["base@2.0.0", "child@2.0.0"]);
    expect(idsOf(family, "1.0.0").map(([id]) => id)).toEqual(["base@1.0.0", "child@1.0.0"]);
  });

  it("are those of the family that is asked about, although another one has the same legs", () => {
    idsOf(family, "1.0.0");
    const images = family.images.map((image) => ({
      ...image,
      repository: { ...image.repository, registry: "other.example" },
    }));
    expect(idsOf({ ...family, images }, "1.0.0").map(([, reference]) => reference)).toEqual([
      "other.example/base:1.0.0",
      "other.example/child:1.0.0",
    ]);
  });
});
