import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { createVersionScheme, versionSchemeNames } from "./create-version-scheme.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";
import { isInLine } from "./version-scheme.ts";

const cpython = createVersionScheme("cpython-tag");
const semver = createVersionScheme("semver");

function read(scheme: VersionScheme, raw: string): Version {
  const version = scheme.parse(raw);
  if (version === undefined) throw new Error(`${raw} is not a version`);
  return version;
}

const anyCpython = fc
  .record({
    minor: fc.constantFrom(9, 13, 14, 100),
    patch: fc.option(fc.nat(11), { nil: undefined }),
    phase: fc.constantFrom("", "a1", "a2", "b1", "rc1", "rc9", "rc10"),
    variant: fc.constantFrom("", "t"),
    dev: fc.constantFrom("", "-dev"),
  })
  .map(
    ({ minor, patch, phase, variant, dev }) =>
      `3.${minor}${patch === undefined ? "" : `.${patch}`}${phase}${variant}${dev}`,
  );
const anySemver = fc
  .record({
    v: fc.constantFrom("", "v"),
    numbers: fc.tuple(fc.nat(11), fc.nat(2), fc.nat(2)),
    pre: fc.constantFrom("", "-0", "-1", "-a", "-a.1", "-a.b", "-rc.9", "-rc.10"),
    build: fc.constantFrom("", "+1", "+b"),
  })
  .map(({ v, numbers, pre, build }) => `${v}${numbers.join(".")}${pre}${build}`);

describe("createVersionScheme", () => {
  it("knows its names and guesses no others", () => {
    expect(versionSchemeNames).toHaveLength(11);
    for (const name of versionSchemeNames.filter((each) => each !== "regex"))
      expect(createVersionScheme(name).name).toBe(name);
    expect(codeOf(() => createVersionScheme("loose"))).toBe("INVALID_INPUT");
    expect(codeOf(() => createVersionScheme("constructor"))).toBe("INVALID_INPUT");
  });
});

describe.each([
  ["cpython-tag", cpython, anyCpython],
  ["semver", semver, anySemver],
])("order of %s", (_, scheme, arbitrary) => {
  it("is total: antisymmetric and transitive", () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, arbitrary, (first, second, third) => {
        const [a, b, c] = [read(scheme, first), read(scheme, second), read(scheme, third)] as const;
        expect(Math.sign(scheme.compare(a, b)) + Math.sign(scheme.compare(b, a))).toBe(0);
        expect(scheme.compare(a, a)).toBe(0);
        if (scheme.compare(a, b) <= 0 && scheme.compare(b, c) <= 0) expect(scheme.compare(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps the text as it was", () => {
    fc.assert(
      fc.property(arbitrary, (raw) => {
        expect(read(scheme, raw).raw).toBe(raw);
      }),
    );
  });
});

describe("cpython-tag", () => {
  it("orders dev, alpha, beta, candidate and final, numbers as numbers", () => {
    const ascending = [
      "3.9.20",
      "3.14.0-dev",
      "3.14.0a1",
      "3.14.0a10",
      "3.14.0b1",
      "3.14.0rc9-dev",
      "3.14.0rc9",
      "3.14.0rc10",
      "3.14.0",
      "3.14.9",
      "3.14.10",
      "3.15.0a1",
      "4.0.0a1",
    ];
    const shuffled = [...ascending].reverse().map((raw) => read(cpython, raw));
    expect(shuffled.sort(cpython.compare).map((version) => version.raw)).toEqual(ascending);
  });

  it.each([
    ["3.14.3", { release: [3, 14, 3], prerelease: [], variant: "" }],
    ["3.14.3t", { release: [3, 14, 3], prerelease: [], variant: "t" }],
    ["3.15.0rc2t", { release: [3, 15, 0], prerelease: ["rc", 2], variant: "t" }],
    ["3.15t-dev", { release: [3, 15], prerelease: ["dev"], variant: "t" }],
    ["3.15.0a1-dev", { release: [3, 15, 0], prerelease: ["a", 1, "dev"], variant: "" }],
  ])("reads %s", (raw, expected) => {
    expect(cpython.parse(raw)).toEqual({ raw, ...expected });
  });

  it.each([
    "",
    "3",
    "3.14.3tt",
    "v3.14.3",
    "3.14.3 ",
    "3.14.3\n",
    "3.14.3.1",
    "3.14.3c1",
    "3.14.3t-debug",
    "3.-1.0",
    "3.14.3T",
    "3.1234567890.0",
  ])("does not read %j", (raw) => {
    expect(cpython.parse(raw)).toBeUndefined();
  });

  it.each([
    ["3.14.3", "t", "3.14.3t"],
    ["3.15.0b2", "t", "3.15.0b2t"],
    ["3.15-dev", "t", "3.15t-dev"],
    ["3.13.0", "t", "3.13.0t"],
    ["3.14.3t", "t", "3.14.3t"],
    ["3.14.3", "", "3.14.3"],
    // Free-threaded builds began with 3.13.
    ["3.12.9", "t", undefined],
    ["2.7.18", "t", undefined],
    ["3.14.3t", "", undefined],
    ["3.14.3", "d", undefined],
  ])("%s as variant %j is %s", (raw, variant, expected) => {
    const other = cpython.withVariant?.(read(cpython, raw), variant);
    expect(other?.raw).toBe(expected);
    if (expected !== undefined) expect(other).toEqual(cpython.parse(expected));
  });

  it.each([
    ["3.14.3", "*", true],
    ["3.14.3", "3.14", true],
    ["3.14.3", "3.14.*", true],
    ["3.14.3", "3.1", false],
  ])("%s satisfies %s: %s", (raw, range, expected) => {
    expect(cpython.satisfies(read(cpython, raw), range)).toBe(expected);
  });

  it("takes no pre-release for stable", () => {
    expect(["3.14.3", "3.15.0rc1", "3.15-dev"].map((raw) => cpython.isStable(read(cpython, raw)))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("semver", () => {
  it("orders as section 11 of the specification", () => {
    const ascending = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
    ];
    const shuffled = [...ascending].reverse().map((raw) => read(semver, raw));
    expect(shuffled.sort(semver.compare).map((version) => version.raw)).toEqual(ascending);
  });

  it.each(["1.2", "01.2.3", "=1.2.3", " 1.2.3", "1.2.3 ", "v", "latest", "1.2.3-", "1.2.3-01", "a1.2.3"])(
    "does not read %j",
    (raw) => {
      expect(semver.parse(raw)).toBeUndefined();
    },
  );

  it("reads a leading v and npm ranges, and has no variants", () => {
    const version = read(semver, "v1.2.3");
    expect(version).toEqual({ raw: "v1.2.3", release: [1, 2, 3], prerelease: [], variant: "", prefix: "v" });
    expect([semver.satisfies(version, "^1.0.0"), semver.satisfies(version, ">=2")]).toEqual([true, false]);
    expect(semver.compare(version, read(semver, "1.2.3"))).toBe(0);
    expect(semver.isStable(read(semver, "1.2.3-rc.1"))).toBe(false);
    expect(semver.withVariant).toBeUndefined();
  });
});

describe("isInLine", () => {
  it.each([
    ["3.14.3", "3", true],
    ["3.14.3", "3.14", true],
    ["3.14.3", "3.14.3", true],
    ["3.14.3", "3.1", false],
    ["3.14.3", "3.14.3.0", false],
    ["3.14", "3.14.0", false],
  ])("%s in %s: %s", (raw, line, expected) => {
    expect(isInLine(read(cpython, raw), line)).toBe(expected);
  });
});
