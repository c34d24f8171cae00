import { describe, expect, it } from "vitest";
import { defineConfig } from "./parse-definition.ts";

describe("images of a family", () => {
  const { images } = defineConfig({
    repository: "registry.example/{image}",
    version: { source: "fixed", scheme: "semver" },
    images: {
      one: { workflow: "a.yml" },
      two: { workflow: "b.yml", tags: ["{version}"], platforms: ["linux/amd64"] },
      other: { workflow: "b.yml", tags: ["v{version}"], platforms: ["linux/arm64"], inputs: { to: "{destination}" } },
    },
    tags: ["{version}"],
  });
  const [one, two, other] = images;

  it("share tags, platforms and inputs that are equal, whether their own or the family's", () => {
    expect([two?.tags, two?.platforms, two?.inputs]).toEqual([one?.tags, one?.platforms, one?.inputs]);
    expect(two?.tags).toBe(one?.tags);
    expect(two?.platforms).toBe(one?.platforms);
    expect(two?.inputs).toBe(one?.inputs);
  });

  it("keep what is their own", () => {
    expect(other).toMatchObject({
      inputs: { to: "{destination}" },
      platforms: [{ os: "linux", architecture: "arm64" }],
    });
    expect(other?.tags).not.toEqual(one?.tags);
  });
});
