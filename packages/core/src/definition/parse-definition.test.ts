import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { minimal, pathsOf, problemsOf, withImages, withMembers } from "../testing/definitions.ts";
import { defineConfig, parseDefinition } from "./parse-definition.ts";

describe("parseDefinition: what is accepted", () => {
  it("reads the example of the README", () => {
    const family = defineConfig({
      repository: "ghcr.io/nascheme/{image}",
      version: { source: "python.org", scheme: "cpython-tag", line: "3.14", variant: "t" },
      images: {
        "cpython-tsan": { workflow: "cpython.yml" },
        "numpy-tsan": { workflow: "numpy.yml", base: "cpython-tsan" },
      },
      tags: ["{version}", { alias: "{major}.{minor}t" }],
    });
    expect(family.legs).toEqual([
      {
        id: "3.14t",
        source: "python.org",
        scheme: "cpython-tag",
        line: "3.14",
        variant: "t",
        prereleases: false,
        minimumAgeDays: 0,
        images: ["cpython-tsan", "numpy-tsan"],
        values: {},
      },
    ]);
    expect(family.images[1]).toEqual({
      name: "numpy-tsan",
      repository: { registry: "ghcr.io", repository: "nascheme/numpy-tsan" },
      workflow: "numpy.yml",
      bases: [{ kind: "image", image: "cpython-tsan" }],
      inputs: { version: "{version}", destination: "{destination}", base: "{base}" },
      tags: [
        { kind: "exact", template: "{version}" },
        { kind: "alias", template: "{major}.{minor}t" },
      ],
      platforms: [{ os: "linux", architecture: "amd64" }],
      args: {},
      publish: "staged",
      adopt: "trust",
      drift: "ignore",
      rebuilds: "keep",
    });
    expect(family).toMatchObject({
      name: "family",
      companions: {},
      deniedMeans: "unknown",
      ref: "main",
      buildTimeoutMs: 5_400_000,
      planValidMs: 3_600_000,
    });
  });

  it("survives JSON: the document it came from gives the same family again", () => {
    const family = defineConfig(minimal);
    expect(parseDefinition(JSON.parse(JSON.stringify(family.config)))).toEqual(family);
  });

  it.each<[string, object]>([
    [
      "several versions",
      {
        version: [
          { source: "s", scheme: "semver", line: "1" },
          { source: "s", scheme: "semver", line: "2" },
        ],
      },
    ],
    [
      "one line in two variants",
      { version: ["", "t"].map((variant) => ({ source: "s", scheme: "cpython-tag", line: "3", variant })) },
    ],
    ["an external base", { images: { a: { workflow: "a.yml", base: ["python:3.14", "quay.io/o/b"] } } }],
    [
      "an image called constructor",
      { images: { constructor: { workflow: "a.yml" }, b: { workflow: "b.yml", base: "constructor" } } },
    ],
    [
      "an image with everything of its own",
      {
        images: {
          a: {
            workflow: "a.yaml",
            gitRepository: "o/r",
            repository: "quay.io/o/a",
            tags: [{ exact: "v{version}" }],
            platforms: ["linux/arm64"],
            publish: "direct",
            inputs: {},
          },
        },
      },
    ],
    [
      "companions in inputs",
      {
        companions: { np: { source: "n", scheme: "semver" } },
        images: { a: { workflow: "a.yml", inputs: { np: "{np}", d: "{destination}", _i: "{image}" } } },
      },
    ],
    [
      "bases by name in inputs",
      {
        images: {
          a: { workflow: "a.yml" },
          b: { workflow: "b.yml", base: "a", inputs: { x: "{base:a} {destination}" } },
        },
      },
    ],
  ])("accepts %s", (_, members) => {
    expect(pathsOf(withMembers(members))).toEqual([]);
    expect(codeOf(() => parseDefinition(withMembers(members)))).toBe("nothing thrown");
  });

  it("lets an image override what the family says", () => {
    const { images } = parseDefinition(
      withMembers({
        publish: "direct",
        platforms: ["linux/arm64"],
        images: { a: { workflow: "a.yml" }, b: { workflow: "b.yml", publish: "staged", platforms: ["linux/x86_64"] } },
      }),
    );
    expect(images.map((image) => [image.publish, image.platforms[0]?.architecture])).toEqual([
      ["direct", "arm64"],
      ["staged", "amd64"],
    ]);
  });
});

describe("parseDefinition: the graph", () => {
  it("names every unknown base", () => {
    const data = withImages({ a: { workflow: "a.yml", base: ["x", "y"] }, b: { workflow: "b.yml", base: "a" } });
    expect(codeOf(() => parseDefinition(data))).toBe("UNKNOWN_BASE");
    expect(problemsOf(data).map(({ path, found }) => [path, found])).toEqual([
      ["images.a.base", '"x"'],
      ["images.a.base", '"y"'],
    ]);
  });

  it.each<[string, object, string]>([
    ["itself", { a: { workflow: "a.yml", base: "a" } }, "a -> a"],
    ["each other", { a: { workflow: "a.yml", base: "b" }, b: { workflow: "b.yml", base: "a" } }, "a -> b -> a"],
    [
      "a cycle further down",
      { x: { workflow: "x.yml", base: "a" }, a: { workflow: "a.yml", base: "b" }, b: { workflow: "b.yml", base: "a" } },
      "a -> b -> a",
    ],
  ])("shows the path of an image built on %s", (_, images, path) => {
    expect(codeOf(() => parseDefinition(withImages(images)))).toBe("CYCLE");
    expect(problemsOf(withImages(images))[0]?.found).toBe(path);
  });

  it("refuses a leg without an image's base", () => {
    const images = {
      a: { workflow: "a.yml" },
      b: { workflow: "b.yml", base: "a" },
      c: { workflow: "c.yml", base: "b" },
    };
    const version = { source: "s", scheme: "semver", images: ["c"] };
    expect(pathsOf(withMembers({ images, version }))).toEqual(["version.images"]);
    expect(pathsOf(withMembers({ images, version: { ...version, images: ["b", "a"] } }))).toEqual([]);
  });
});
