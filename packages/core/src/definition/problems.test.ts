import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { minimal, pathsOf, problemsOf, withImages, withMembers } from "../testing/definitions.ts";
import { parseDefinition } from "./parse-definition.ts";

describe("parseDefinition: what is refused", () => {
  it.each<[string, unknown, readonly string[]]>([
    ["nothing", undefined, [""]],
    ["a text", "x", [""]],
    ["an empty object", {}, ["repository", "version", "images", "tags"]],
    ["no images", withImages({}), ["images"]],
    ["no tags", withMembers({ tags: [] }), ["tags"]],
    ["an illegal image name", withImages({ "A b": { workflow: "a.yml" } }), ["images.A b"]],
    ["a workflow that is a path", withImages({ a: { workflow: "../a.yml" } }), ["images.a.workflow"]],
    ["a workflow that is no text", withImages({ a: { workflow: 1 } }), ["images.a.workflow"]],
    ["a base that is neither", withImages({ a: { workflow: "a.yml", base: 1 } }), ["images.a.base"]],
    ["an empty base", withImages({ a: { workflow: "a.yml", base: [""] } }), ["images.a.base[0]"]],
    ["a base that is no reference", withImages({ a: { workflow: "a.yml", base: "ghcr.io/O/a" } }), ["images.a.base"]],
    ["an unknown scheme", withMembers({ version: { source: "s", scheme: "x" } }), ["version.scheme"]],
    [
      "an unknown scheme of a companion",
      withMembers({ companions: { c: { source: "s", scheme: "x" } } }),
      ["companions.c.scheme"],
    ],
    [
      "a line that is no line",
      withMembers({ version: { source: "s", scheme: "semver", line: "3.x" } }),
      ["version.line"],
    ],
    [
      "one version twice",
      withMembers({
        version: [
          { source: "s", scheme: "semver" },
          { source: "s", scheme: "semver" },
        ],
      }),
      ["version[1]"],
    ],
    [
      "an unknown image in a leg",
      withMembers({ version: { source: "s", scheme: "semver", images: ["b"] } }),
      ["version.images[0]"],
    ],
    ["a platform that is none", withMembers({ platforms: ["linux/amd64", "x"] }), ["platforms[1]"]],
    [
      "an image's platform that is none",
      withImages({ a: { workflow: "a.yml", platforms: ["x"] } }),
      ["images.a.platforms[0]"],
    ],
    ["a repository that is none", withMembers({ repository: "ghcr.io/o/{imag}" }), ["repository"]],
    ["a repository with a tag", withMembers({ repository: "ghcr.io/o/{image}:1" }), ["repository"]],
    [
      "an image's repository that is none",
      withImages({ a: { workflow: "a.yml", repository: "A" } }),
      ["images.a.repository"],
    ],
    ["no exact tag", withMembers({ tags: [{ alias: "latest" }] }), ["tags"]],
    ["an exact tag that names no release", withMembers({ tags: ["stable"] }), ["tags[0]"]],
    ["no exact tag at all", withMembers({ tags: [{ alias: "{major}" }] }), ["tags"]],
    ["unknown braces in a tag", withMembers({ tags: ["{version}", { alias: "{majr}" }] }), ["tags[1]"]],
    [
      "an illegal tag",
      withMembers({ tags: ["{version}", { alias: "a/b" }, { exact: "-{version}" }] }),
      ["tags[1]", "tags[2]"],
    ],
    ["an open brace", withMembers({ tags: ["{version}", "{version"] }), ["tags[1]"]],
    [
      "an illegal tag of an image",
      withImages({ a: { workflow: "a.yml", tags: ["{version}+1"] } }),
      ["images.a.tags[0]"],
    ],
    [
      "unknown braces in an input",
      withImages({ a: { workflow: "a.yml", inputs: { x: "{nmpy}", d: "{destination}" } } }),
      ["images.a.inputs.x"],
    ],
    [
      "a base in an input without bases",
      withImages({ a: { workflow: "a.yml", inputs: { x: "{base}", d: "{destination}" } } }),
      ["images.a.inputs.x"],
    ],
    [
      "staged without a destination",
      withImages({ a: { workflow: "a.yml", inputs: { v: "{version}" } } }),
      ["images.a.inputs"],
    ],
    [
      "a companion that hides the destination",
      withMembers({ companions: { destination: { source: "s", scheme: "semver" } } }),
      ["companions.destination"],
    ],
    [
      "companions that hide what inputs know",
      withMembers({
        companions: Object.fromEntries(
          ["version", "image", "base"].map((name) => [name, { source: "s", scheme: "semver" }]),
        ),
      }),
      ["companions.version", "companions.image", "companions.base"],
    ],
    [
      "two images in one repository",
      withMembers({ repository: "ghcr.io/o/x", images: { a: { workflow: "a.yml" }, b: { workflow: "b.yml" } } }),
      ["images.b"],
    ],
    [
      "times that are none",
      withMembers({ buildTimeoutSeconds: 0, planValidMinutes: -1 }),
      ["buildTimeoutSeconds", "planValidMinutes"],
    ],
    [
      "members of Object.prototype",
      JSON.parse('{"__proto__":{"repository":"ghcr.io/o/{image}"}}'),
      ["repository", "version", "images", "tags", "__proto__"],
    ],
  ])("%s", (_, data, paths) => {
    expect(codeOf(() => parseDefinition(data))).toBe("INVALID_DEFINITION");
    expect([...pathsOf(data)].sort()).toEqual([...paths].sort());
  });

  it("says everything at once: shape first, then what it means", () => {
    expect(pathsOf({ ...minimal, publish: "both", ref: "", images: { a: {} } })).toEqual([
      "images.a.workflow",
      "publish",
      "ref",
    ]);
    const meaning = {
      tags: ["{x}"],
      platforms: ["x"],
      version: { source: "s", scheme: "x" },
      images: { a: { workflow: "a.yml", base: "b" } },
    };
    expect(pathsOf(withMembers(meaning)).sort()).toEqual([
      "images.a.base",
      "platforms[0]",
      "tags[0]",
      "version.scheme",
    ]);
  });

  it.each<[string, unknown, string, string]>([
    ["imagse", withMembers({ imagse: {} }), "imagse", "images"],
    ["workfow", withImages({ a: { workflow: "a.yml", workfow: "b.yml" } }), "images.a.workfow", "workflow"],
    [
      "a key of an image called tags",
      withImages({ tags: { workflow: "a.yml", plaforms: [] } }),
      "images.tags.plaforms",
      "platforms",
    ],
    ["sheme", withMembers({ version: { source: "s", scheme: "semver", sheme: "x" } }), "version.sheme", "scheme"],
    [
      "a leg's key",
      withMembers({ version: [{ source: "s", scheme: "semver", varient: "x" }] }),
      "version[0].varient",
      "variant",
    ],
    [
      "a companion's key",
      withMembers({ companions: { c: { source: "s", scheme: "semver", souce: "x" } } }),
      "companions.c.souce",
      "source",
    ],
    ["alas", withMembers({ tags: [{ alias: "x", alas: "x" }] }), "tags[0].alas", "alias"],
    [
      "an image",
      withMembers({
        images: { cpython: { workflow: "a.yml" } },
        version: { source: "s", scheme: "semver", images: ["cpyton"] },
      }),
      "version.images[0]",
      "cpython",
    ],
  ])("suggests what was meant by %s", (_, data, path, meant) => {
    expect(problemsOf(data).find((problem) => problem.path === path)?.expected).toContain(`"${meant}"`);
  });

  it("is not held up by names without end, nor by names without number", () => {
    const long = "x".repeat(5_000_000);
    expect(pathsOf(withMembers({ [long]: 1 }))).toEqual(["x".repeat(200)]);
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`imag${index}`, 1]));
    expect(problemsOf(withMembers(many))).toHaveLength(20_000);
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`) as unknown;
    expect(pathsOf(withMembers({ images: deep, args: { A: deep }, base: deep }))).toContain("base");
  });

  it("suggests nothing for what is like nothing", () => {
    expect(problemsOf(withMembers({ zzz: 1 }))[0]).toMatchObject({
      path: "zzz",
      expected: expect.stringContaining("repository"),
    });
  });

  it("shows what it found, shortened, and nothing from inside objects", () => {
    const found = (data: unknown) => problemsOf(data).map((problem) => problem.found);
    expect(found(withMembers({ ref: ["secret"] }))).toEqual(["a list of 1"]);
    expect(found(withMembers({ ref: { token: "secret" } }))).toEqual(["an object"]);
    expect(found(withImages({ a: {} }))).toEqual(["nothing"]);
    expect(found(withMembers({ publish: "x".repeat(1000) }))[0]).toHaveLength(80);
  });

  it("says a problem of the family's rules once, not once per image", () => {
    const images = { a: { workflow: "a.yml" }, b: { workflow: "b.yml" } };
    expect(
      pathsOf(withMembers({ images, tags: ["{version}", "{x}"], platforms: ["x"], repository: "ghcr.io/O/{image}" })),
    ).toEqual(["platforms[0]", "repository", "tags[1]"]);
  });
});
