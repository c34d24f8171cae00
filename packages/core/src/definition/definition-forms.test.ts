import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { minimal, pathsOf, problemsOf, withImages, withMembers } from "../testing/definitions.ts";
import { parseDefinition } from "./parse-definition.ts";

const source = { source: "s", scheme: "cpython-tag" };
const image = (members: object) => ({ a: { workflow: "a.yml" }, b: { workflow: "b.yml", ...members } });
const parsed = (members: object) => parseDefinition(withMembers(members));

describe("bases", () => {
  it("have a stage and platforms", () => {
    const base = [
      { from: "a", stage: "build", platforms: ["linux/x86_64"] },
      { from: "debian:13", stage: "final" },
      "quay.io/o/c",
    ];
    const { images } = parsed({ platforms: ["linux/amd64", "linux/arm64"], images: image({ base }) });
    expect(images[1]?.bases).toEqual([
      { kind: "image", image: "a", stage: "build", platforms: ["linux/amd64"] },
      { kind: "external", reference: { registry: "docker.io", repository: "library/debian", kind: "tag", tag: "13" } },
      { kind: "external", reference: { registry: "quay.io", repository: "o/c", kind: "tag", tag: "latest" } },
    ]);
  });

  it.each<[string, unknown, string]>([
    ["a platform that the image lacks", { from: "a", platforms: ["linux/arm64"] }, "images.b.base.platforms[0]"],
    ["a platform that is none", [{ from: "a", platforms: ["x"] }], "images.b.base[0].platforms[0]"],
    ["a reference that is none", [{ from: "ghcr.io/O/x:1" }], "images.b.base[0].from"],
    ["another stage", { from: "a", stage: "first" }, "images.b.base.stage"],
    ["another key", [{ from: "a", stge: "build" }], "images.b.base[0].stge"],
  ])("are refused with %s", (_, base, path) => {
    expect(pathsOf(withImages(image({ base })))).toEqual([path]);
  });
});

describe("build arguments", () => {
  it("are the family's and the image's, and inputs take them", () => {
    const inputs = { d: "{destination}", all: "{args}", one: "{arg:B}-{version}" };
    const { images } = parsed({
      args: { A: "1", B: "{version}" },
      images: image({ args: { B: "2", C: "{image}" }, inputs }),
    });
    expect(images[0]?.inputs["args"]).toBe("A=1\nB={version}");
    expect(images[1]?.args).toEqual({ A: "1", B: "2", C: "{image}" });
    expect(images[1]?.inputs).toEqual({ d: "{destination}", all: "A=1\nB=2\nC={image}", one: "2-{version}" });
  });

  it.each<[string, object, string]>([
    ["no input takes", { args: { A: "1" }, inputs: { d: "{destination}" } }, "images.b.args.A"],
    ["hold a line break", { args: { A: "1\nB=2" } }, "images.b.args.A"],
    ["name what is not known", { args: { A: "{destination}" } }, "images.b.args.A"],
    ["are called like nothing", { args: { "A B": "1" } }, "images.b.args.A B"],
  ])("that %s are refused", (_, members, path) => {
    expect(pathsOf(withImages(image(members)))).toEqual([path]);
  });
});

describe("a matrix with platforms, values and templates", () => {
  const matrix = {
    line: ["3.13", "3.14"],
    variant: ["", "t"],
    platform: ["linux/amd64", "linux/arm64"],
    exclude: [
      { line: "3.13", variant: "t" },
      { variant: ["t"], platform: "linux/arm64" },
    ],
    include: [
      { variant: "t", flag: "--disable-gil" },
      { variant: "", flag: "" },
    ],
    derive: { label: "py{line}{variant}" },
  };
  const platforms = ["linux/amd64", "linux/arm64"];
  const inputs = { d: "{destination}", f: "{flag}", l: "{label}" };

  it("is one leg per line and variant", () => {
    const { legs } = parsed({ version: { ...source, matrix }, platforms, images: image({ inputs }) });
    expect(legs.map(({ id, platforms: own, values }) => [id, own, values])).toEqual([
      ["3.13", ["linux/amd64", "linux/arm64"], { flag: "", label: "py3.13" }],
      ["3.14", ["linux/amd64", "linux/arm64"], { flag: "", label: "py3.14" }],
      ["3.14t", ["linux/amd64"], { flag: "--disable-gil", label: "py3.14t" }],
    ]);
  });

  it.each<[string, object, object, readonly string[]]>([
    ["a value that one leg lacks", { ...matrix, include: [{ variant: "t", flag: "x" }] }, {}, ["images.b.inputs.f"]],
    [
      "a value for one platform only",
      { ...matrix, include: [...matrix.include, { platform: "linux/amd64", x: "1" }] },
      {},
      ["version.matrix", "version.matrix"],
    ],
    [
      "a name that inputs know",
      { ...matrix, derive: { label: "x", image: "{line}" } },
      {},
      ["version.values.image", "version.values.image", "version.values.image"],
    ],
    ["platforms in two places", matrix, { platforms }, ["version.matrix.platform"]],
    [
      "an unknown name in a template",
      { ...matrix, derive: { label: "{lin}" } },
      {},
      ["version.matrix.derive.label", "images.b.inputs.f", "images.b.inputs.l"],
    ],
  ])("is refused with %s", (_, changed, members, paths) => {
    const found = pathsOf(
      withMembers({ version: { ...source, ...members, matrix: changed }, platforms, images: image({ inputs }) }),
    );
    for (const path of paths) expect(found).toContain(path);
  });

  it("refuses a version without a platform of an image", () => {
    const version = { ...source, platforms: ["linux/arm64"] };
    expect(pathsOf(withMembers({ version }))).toEqual(["version"]);
  });
});

describe("versions that are given", () => {
  it("need no source: of companions as a text, of others beside it", () => {
    const companions = { numpy: "2.1.0", scipy: { source: "x", scheme: "semver", version: "1.0.0" } };
    const family = parsed({ version: { ...source, version: "3.14.1t" }, companions });
    expect([family.legs[0]?.fixed, family.legs[0]?.variant]).toEqual(["3.14.1t", "t"]);
    expect(Object.values(family.companions).map(({ fixed }) => fixed)).toEqual(["2.1.0", "1.0.0"]);
  });

  it("are given by the caller over the document", () => {
    const data = withMembers({ companions: { numpy: { source: "n", scheme: "semver" }, x: "1" } });
    const family = parseDefinition(data, { companions: { numpy: "2.0.0", x: "2" } });
    expect(Object.values(family.companions).map(({ fixed }) => fixed)).toEqual(["2.0.0", "2"]);
    expect(codeOf(() => parseDefinition(data, { companions: { nunpy: "2.0.0" } }))).toBe("INVALID_DEFINITION");
  });

  it.each<[object, string]>([
    [{ version: { ...source, version: "x" } }, "version.version"],
    [{ version: { ...source, line: "3.13", version: "3.14.1" } }, "version.version"],
    [{ version: { ...source, variant: "t", version: "3.14.1" } }, "version.version"],
    [{ companions: { c: "1.0; rm" } }, "companions.c"],
    [{ companions: { c: { source: "x", scheme: "semver", version: "latest" } } }, "companions.c.version"],
  ])("%j is refused", (members, path) => {
    expect(pathsOf(withMembers(members))).toEqual([path]);
  });
});

describe("release, adoption, retention, defaults", () => {
  it("are the family's unless the image says otherwise", () => {
    const release = { group: "g", onFailure: "independent" };
    const members = {
      adopt: "verify",
      drift: "watch",
      release,
      defaults: { workflow: "w.yml", inputs: { d: "{destination}" } },
    };
    const { images } = parsed({
      ...members,
      images: { a: {}, b: { adopt: "trust", release: "h", workflow: "b.yml" } },
    });
    expect(images.map(({ adopt, drift, release: group, workflow }) => [adopt, drift, group, workflow])).toEqual([
      ["verify", "watch", { group: "g", onFailure: "independent" }, "w.yml"],
      ["trust", "watch", { group: "h", onFailure: "gate" }, "b.yml"],
    ]);
    expect(images[0]?.inputs).toEqual({ d: "{destination}" });
  });

  it.each<[string, object, string]>([
    [
      "a group that ends in two ways",
      { release: "g", images: image({ release: { group: "g", onFailure: "independent" } }) },
      "images.b.release",
    ],
    ["rebuild without a staging tag", { adopt: "rebuild", publish: "direct", rebuilds: "replace" }, "images.a.adopt"],
    ["rebuild of what is kept", { adopt: "rebuild" }, "images.a.adopt"],
    ["no workflow anywhere", { images: { a: {} } }, "images.a.workflow"],
    [
      "a retention rule that is none",
      { retention: { rules: [{ kind: "keep-lst", count: 1 }] } },
      "retention.rules[0].kind",
    ],
    ["a retention policy that is none", { retention: 1 }, "retention"],
  ])("%s is refused", (_, members, path) => {
    expect(pathsOf(withMembers(members))).toEqual([path]);
  });

  it("passes the retention policy on", () => {
    const retention = { rules: [{ kind: "keep-last", count: 3, match: { any: true } }] };
    expect(parsed({ retention }).retention).toEqual(retention);
  });
});

describe("what a document says wrong", () => {
  it.each<[object, string, string]>([
    [{ version: { ...source, matrix: { line: ["3.14"], exclud: [] } } }, "version.matrix.exclud", "exclude"],
    [
      { version: { ...source, matrix: { line: ["3.14"], exclude: [{ lne: "3" }] } } },
      "version.matrix.exclude[0].lne",
      "line",
    ],
    [{ version: { source: "s", scheme: { name: "calver", formt: "x" } } }, "version.scheme.formt", "format"],
    [{ release: { group: "g", onFalure: "gate" } }, "release.onFalure", "onFailure"],
    [{ defaults: { workflw: "x.yml" } }, "defaults.workflw", "workflow"],
    [{ adpt: "trust" }, "adpt", "adopt"],
    [{ extend: "x" }, "extend", "extends"],
  ])("%j: the key that was meant", (members, path, meant) => {
    expect(problemsOf(withMembers(members)).find((problem) => problem.path === path)?.expected).toContain(`"${meant}"`);
  });

  it("says of a number that YAML made what to do", () => {
    const problem = problemsOf(withMembers({ version: { ...source, line: 3.1 } }))[0];
    expect(problem).toMatchObject({ path: "version.line", found: "3.1", expected: expect.stringContaining("quotes") });
  });

  it("shows nothing from inside of objects, whatever the document is", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom(...Object.keys({ ...minimal, args: 1, release: 1, defaults: 1, extends: 1 })),
        (value, key) => {
          const secret = { hidden: { token: "s3cr3t-s3cr3t" } };
          for (const data of [value, withMembers({ [key]: value }), withMembers({ [key]: secret })]) {
            const code = codeOf(() => parseDefinition(data));
            expect(["nothing thrown", "INVALID_DEFINITION", "UNKNOWN_BASE", "CYCLE"]).toContain(code);
          }
          expect(JSON.stringify(problemsOf(withMembers({ [key]: secret })))).not.toContain("s3cr3t-s3cr3t");
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a name that JavaScript gives a meaning to", () => {
  it.each(["images", "companions", "args"])("is refused in %s", (key) => {
    const data = withMembers({ [key]: JSON.parse('{"__proto__":{"workflow":"a.yml"}}') as unknown });
    expect(pathsOf(data)).toContain(`${key}.__proto__`);
  });
});
