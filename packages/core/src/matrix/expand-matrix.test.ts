import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { codeOf } from "../testing/code-of.ts";
import { compareNaturally } from "./compare-naturally.ts";
import { expandMatrix } from "./expand-matrix.ts";
import type { MatrixFilters, MatrixLeg, MatrixSpec } from "./matrix-spec.ts";

function problemPaths(spec: MatrixSpec, filters?: MatrixFilters): readonly string[] {
  try {
    expandMatrix(spec, filters);
  } catch (error) {
    if (isBayplanError(error)) return error.problems.map((problem) => problem.path);
    throw error;
  }
  return [];
}
const versionsIn = (legs: readonly MatrixLeg[]) => [...new Set(legs.map((leg) => leg["v"]))];
const lines = ["17.3", "9.1", "17.10", "16.4", "17.2"];

describe("expandMatrix", () => {
  it("combines axes, the first slowest, each leg once", () => {
    expect(expandMatrix({ axes: { runtime: ["cpu", "cuda"], python: ["3.9", "3.10", "3.9"] } })).toEqual([
      { runtime: "cpu", python: "3.9" },
      { runtime: "cpu", python: "3.10" },
      { runtime: "cuda", python: "3.9" },
      { runtime: "cuda", python: "3.10" },
    ]);
  });

  it("excludes, then includes as a workflow does", () => {
    const spec: MatrixSpec = {
      axes: { v: ["1", "2"], os: ["a", "b"] },
      exclude: [{ v: ["1"], os: "b" }],
      include: [
        { colour: "red" },
        { os: "b", colour: "blue" },
        { v: "1", os: "b", colour: "back" },
        { v: "3", os: "a" },
        { v: "3", extra: "not merged into the one before" },
      ],
    };
    expect(expandMatrix(spec)).toEqual([
      { v: "1", os: "a", colour: "red" },
      { v: "2", os: "a", colour: "red" },
      { v: "2", os: "b", colour: "blue" },
      { v: "1", os: "b", colour: "back" },
      { v: "3", os: "a" },
      { v: "3", extra: "not merged into the one before" },
    ]);
  });

  it("derives values from templates and functions, each from what is before it", () => {
    const legs = expandMatrix({
      axes: { type: ["gpu"], v: ["1.2"], variant: ["", "-ml"] },
      derive: { tag: "{type}-{v}{variant}", scope: (leg) => `${leg["tag"]}!`, image: "r/{tag}" },
    });
    expect(legs.map((leg) => [leg["tag"], leg["scope"], leg["image"]])).toEqual([
      ["gpu-1.2", "gpu-1.2!", "r/gpu-1.2"],
      ["gpu-1.2-ml", "gpu-1.2-ml!", "r/gpu-1.2-ml"],
    ]);
  });

  it.each<[NonNullable<MatrixSpec["version"]>["order"], readonly string[]]>([
    ["declared", lines],
    ["oldest-first", ["9.1", "16.4", "17.2", "17.3", "17.10"]],
    ["newest-first", ["17.10", "17.3", "17.2", "16.4", "9.1"]],
  ])("orders versions %s", (order = "declared", expected) => {
    const legs = expandMatrix({ axes: { os: ["a", "b"], v: lines }, version: { key: "v", order } });
    expect(versionsIn(legs)).toEqual(expected);
    // Legs of one version stay as declared.
    if (order !== "declared") expect(legs.map((leg) => leg["os"])).toEqual(lines.flatMap(() => ["a", "b"]));
  });

  it("orders by a scheme where there is one", () => {
    const axes = { v: ["3.15.0a10", "3.15.0", "3.15.0a9"] };
    const version = { key: "v", order: "oldest-first" } as const;
    expect(versionsIn(expandMatrix({ axes, version: { ...version, scheme: "cpython-tag" } }))).toEqual([
      "3.15.0a9",
      "3.15.0a10",
      "3.15.0",
    ]);
    expect(versionsIn(expandMatrix({ axes, version }))).toEqual(["3.15.0", "3.15.0a9", "3.15.0a10"]);
  });

  it("keeps legs without a version behind those that have one", () => {
    const legs = expandMatrix({
      include: [{ name: "docs" }, { v: "1" }, { v: "2" }],
      version: { key: "v", order: "newest-first" },
    });
    expect(legs).toEqual([{ v: "2" }, { v: "1" }, { name: "docs" }]);
  });

  const spec: MatrixSpec = {
    axes: { v: lines, type: ["cpu", "gpu"] },
    version: { key: "v", lts: ["17.3", "16.4", "9.1"] },
    onEmpty: "allow",
  };
  it.each<[MatrixFilters, readonly string[], number]>([
    [{ only: { type: "gpu" } }, lines, 5],
    [{ only: { type: ["gpu", "cpu"], v: ["9.1"] } }, ["9.1"], 2],
    [{ only: { type: "tpu" } }, [], 0],
    [{ lts: true }, ["17.3", "9.1", "16.4"], 6],
    [{ latest: 2 }, ["17.3", "17.10"], 4],
    [{ latest: 2, lts: true }, ["17.3", "16.4"], 4],
    [{ latest: 99, only: { type: "cpu" } }, lines, 5],
    [{ latest: 0 }, [], 0],
    [{ edges: true }, ["17.3", "17.2"], 4],
    [{ edges: true, latest: 1 }, ["17.10"], 2],
    [{ edges: true, only: { v: "9.1", type: "cpu" } }, ["9.1"], 1],
  ])("filters %j", (filters, versions, count) => {
    const legs = expandMatrix(spec, filters);
    expect([versionsIn(legs), legs.length]).toEqual([versions, count]);
  });

  it("takes different texts of one release as one version", () => {
    const version = { key: "v", scheme: "semver" };
    const legs = expandMatrix({ axes: { v: ["1.0.0", "v2.0.0", "2.0.0"] }, version }, { latest: 1 });
    expect(versionsIn(legs)).toEqual(["v2.0.0", "2.0.0"]);
  });

  it("fails when nothing is left, unless told what that means", () => {
    const empty = { axes: { v: ["1"], type: [] } };
    expect(codeOf(() => expandMatrix(empty))).toBe("INVALID_INPUT");
    expect(codeOf(() => expandMatrix({ ...spec, onEmpty: "fail" }, { latest: 0 }))).toBe("INVALID_INPUT");
    expect(expandMatrix({ ...empty, onEmpty: "allow" })).toEqual([]);
    expect(expandMatrix({ ...empty, onEmpty: { skip: "true" } })).toEqual([{ skip: "true" }]);
    expect(expandMatrix({ include: [], onEmpty: "allow" }, { only: { type: "x" } })).toEqual([]);
  });

  it.each<[string, MatrixSpec, MatrixFilters, readonly string[]]>([
    ["unknown keys", { axes: { v: ["1"] }, exclude: [{ os: "a" }] }, { only: { tipe: "x" } }, ["exclude[0]", "only"]],
    ["an unknown version key", { axes: { v: ["1"] }, version: { key: "w" } }, {}, ["version.key"]],
    [
      "filters that need versions",
      { axes: { v: ["1"] } },
      { latest: 1, edges: true, lts: true },
      Array(3).fill("version"),
    ],
    ["unknown support", { axes: { v: ["1"] }, version: { key: "v" } }, { lts: true }, ["version.lts"]],
    ["a broken count", { axes: { v: ["1"] }, version: { key: "v" } }, { latest: -1 }, ["latest"]],
    [
      "versions of another scheme",
      { axes: { v: ["1.0.0", "x"] }, version: { key: "v", scheme: "semver" } },
      {},
      ["axes.v"],
    ],
    [
      "templates",
      { axes: { v: ["1"], os: ["a"] }, derive: { os: "{v}", tag: "{v}-{variant}" } },
      {},
      ["derive.os", "derive.tag"],
    ],
    ["size", { axes: { a: ["1", "2", "3"], b: ["1", "2"] }, maxLegs: 5 }, {}, ["axes"]],
  ])("reports all problems of %s", (_, broken, filters, paths) => {
    expect(problemPaths(broken, filters)).toEqual(paths);
  });

  it("refuses a matrix that is too large before making it", () => {
    const values = Array.from({ length: 1000 }, (_, index) => `${index}`);
    expect(problemPaths({ axes: { a: values, b: values, c: values, d: values } })).toEqual(["axes"]);
  });

  it("takes keys of an object's prototype as any other key", () => {
    const axes = JSON.parse('{"__proto__": ["1"], "constructor": ["2"]}') as Record<string, string[]>;
    const [leg] = expandMatrix({ axes }, { only: { constructor: "2" } });
    expect(Object.entries(leg ?? {})).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
  });

  it("gives every combination once, and of the newest versions all legs, whatever the order", () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20)).map((parts) => parts.join("."));
    fc.assert(
      fc.property(fc.array(version), fc.subarray(["a", "b", "c"]), fc.nat(5), (versions, types, latest) => {
        const make = (v: readonly string[]): MatrixSpec => {
          return { axes: { v, type: types }, version: { key: "v", order: "newest-first" }, onEmpty: "allow" };
        };
        const legs = expandMatrix(make(versions));
        expect(legs).toHaveLength(new Set(versions).size * types.length);
        expect(new Set(legs.map((leg) => JSON.stringify(leg))).size).toBe(legs.length);
        const turned = expandMatrix(make(versions.toReversed()));
        expect(turned).toEqual(legs);
        const newest = expandMatrix(make(versions), { latest });
        expect(newest).toEqual(legs.slice(0, latest * types.length));
      }),
    );
  });
});

describe("compareNaturally", () => {
  it("is a total order", () => {
    const text = fc.stringMatching(/^[0-9a.\- ]{0,6}$/);
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(Math.sign(compareNaturally(a, b))).toBe(-Math.sign(compareNaturally(b, a)) + 0);
        expect(compareNaturally(a, b) === 0).toBe(a === b);
        if (compareNaturally(a, b) < 0 && compareNaturally(b, c) < 0) expect(compareNaturally(a, c)).toBeLessThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it("takes numbers of any length exactly", () => {
    expect(compareNaturally("1.90071992547409921", "1.90071992547409922")).toBeLessThan(0);
  });
});
