import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { createVersionScheme, type SchemeOptions, versionSchemeNames } from "./create-version-scheme.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";

const pattern = "^(?P<major>\\d+)(?:\\.(?P<minor>\\d+))?(?:[-.]?(?P<prerelease>[a-z]+\\.?\\d*))?$";
const schemes: readonly VersionScheme[] = [
  ...versionSchemeNames.map((name) => createVersionScheme(name, name === "regex" ? { pattern } : {})),
  createVersionScheme("semver", { order: "strict" }),
  createVersionScheme("calver", { format: "YYYY.MM[.MICRO]", padding: "any" }),
];

const number = fc.constantFrom("0", "1", "01", "2", "9", "10", "2024", "9007199254740993", "9007199254740992");
const word = fc.constantFrom(
  ...["rc", "rc1", "rc.9", "rc10", "RC2", "c1", "a1", "alpha", "beta.2", "b10", "dev", "dev1", "SNAPSHOT", "nightly"],
  ...[
    "post1",
    "r2",
    "1",
    "01",
    "alpine3.9",
    "alpine3.19",
    "slim",
    "t",
    "LTS",
    "lts-ml",
    "20240101",
    "hotfix",
    "é",
    "𝒳",
  ],
);
const text = fc
  .tuple(
    fc.constantFrom("", "v", "1!", "python-"),
    fc.array(number, { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.constantFrom("", "-", ".", "+", " ", "_"), word), { maxLength: 3 }),
  )
  .map(([prefix, numbers, words]) => prefix + numbers.join(".") + words.flat().join(""));

/** Texts of the grammar above that the scheme reads; it reads some of them often enough to be worth comparing. */
function versionsOf(scheme: VersionScheme): fc.Arbitrary<Version> {
  return text
    .map((raw) => scheme.parse(raw))
    .filter((version) => version !== undefined)
    .map((version) => version as Version);
}

describe.each(schemes.map((scheme, index) => [`${scheme.name} (${index})`, scheme] as const))("%s", (_, scheme) => {
  it("is a total order that reads its own texts the same again", () => {
    const version = versionsOf(scheme);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const { compare } = scheme;
        expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
        expect(compare(a, a)).toBe(0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
        if (compare(a, b) === 0) expect(Math.sign(compare(a, c))).toBe(Math.sign(compare(b, c)));
        expect(scheme.parse(a.raw)).toEqual(a);
      }),
      { numRuns: 300 },
    );
  });

  it("gives one order however the listing is shuffled", () => {
    const shuffled = fc
      .array(versionsOf(scheme), { maxLength: 12 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    const sorted = (list: readonly Version[]) => {
      return [...list].sort((a, b) => scheme.compare(a, b) || (a.raw < b.raw ? -1 : 1)).map(({ raw }) => raw);
    };
    fc.assert(
      fc.property(shuffled, ([left, right]) => {
        expect(sorted(left)).toEqual(sorted(right));
      }),
      { numRuns: 100 },
    );
  });
});

describe("rc10 comes after rc9", () => {
  it.each<[string, readonly string[], SchemeOptions?]>([
    ["semver", ["1.0.0-rc9", "1.0.0-rc10", "1.0.0"]],
    ["semver-strict", ["1.0.0-beta.9", "1.0.0-beta.10", "1.0.0-rc9", "1.0.0-rc10", "1.0.0"]],
    ["semver", ["1.0.0-rc10", "1.0.0-rc9", "1.0.0"], { order: "strict" }],
    ["pep440", ["1.0.dev1", "1.0a1", "1.0rc9", "1.0rc10", "1.0", "1.0.post1", "1!0.1"]],
    ["cpython-tag", ["3.15-dev", "3.15.0a1", "3.15.0rc9t", "3.15.0rc10", "3.15.0"]],
    ["docker", ["1.2.3-SNAPSHOT", "1.2.3-rc9", "1.2.3-rc10", "1.2.3", "1.2.3-r1", "1.2.10"]],
    ["lts", ["9.1 LTS", "10.4 LTS", "17.3 rc9", "17.3 rc10", "17.3 LTS ML", "18.0"]],
    ["calver", ["2024.9.1-rc9", "2024.9.1-rc10", "2024.09.02", "2024.10.1"]],
    ["regex", ["1-rc9", "1-rc10", "1", "1.1"], { pattern }],
    ["numeric", ["3.09", "3.1", "3.9", "10", "9007199254740992", "9007199254740993", "9007199254740993.5"]],
    ["alphabetical", ["", "1", "10", "9", "Z", "a", "ﬀ", "𝒳"].slice(1)],
  ])("%s: %j", (name, ascending, options = {}) => {
    const scheme = createVersionScheme(name, options);
    const versions = [...ascending].reverse().flatMap((raw) => scheme.parse(raw) ?? []);
    expect(versions.sort(scheme.compare).map(({ raw }) => raw)).toEqual(ascending);
  });
});

describe("what a scheme reads", () => {
  it.each<[string, string, boolean, SchemeOptions?]>([
    ["semver", "v1.2.3", true],
    ["semver-strict", "v1.2.3", false],
    ["semver", "vv1.2.3", false],
    ["pep440", "1.0-ALPHA.1", true],
    ["pep440", " 1.0", false],
    ["pep440", "1.0-slim", false],
    ["numeric", "1e5", false],
    ["numeric", "3.", false],
    ["exact", "anything at all", true],
    ["alphabetical", "", false],
    ["lts", "22.04.5 LTS (Jammy Jellyfish)", true],
    ["lts", "LTS", false],
    ["calver", "2024.13", false],
    ["calver", "2024.02.30", false, { format: "YYYY.0M.0D" }],
    ["calver", "2024.02.29", true, { format: "YYYY.0M.0D" }],
    ["calver", "2023.02.29", false, { format: "YYYY.0M.0D" }],
    ["calver", "2024.2.29", false, { format: "YYYY.0M.0D" }],
    ["calver", "2024.2.29", true, { format: "YYYY.0M.0D", padding: "any" }],
    ["calver", "24.04", true, { format: "YY.0M[.MICRO]" }],
    ["calver", "24.04.3-rc1", true, { format: "YY.0M[.MICRO]" }],
    ["calver", "24.04.3.1", false, { format: "YY.0M[.MICRO]" }],
    ["calver", "20240229", true, { format: "YYYY0M0D" }],
    ["calver", "2024-01-05.12", true, { format: "YYYY-0M-0D.N" }],
    ["regex", "1.x", false, { pattern: "(?P<major>.*)\\.(?P<minor>.*)" }],
    ["regex", "xx1", false, { pattern: "(?P<major>\\d)" }],
    ["regex", "7-3", true, { pattern: "(?P<year>\\d)-(?P<week>\\d)", parts: ["year", "week"] }],
    ["docker", "3.x", false],
    ["docker", "3.14.x", false],
  ])("%s, %j: %s", (name, raw, expected, options = {}) => {
    expect(createVersionScheme(name, options).parse(raw) !== undefined).toBe(expected);
  });

  it.each<[string, SchemeOptions]>([
    ["regex", {}],
    ["regex", { pattern: "(?P<minor" }],
    ["regex", { pattern: "(?P<prerelease>x)" }],
    ["regex", { pattern: "(?P<major>1)(?P<mayor>2)" }],
    ["regex", { pattern: "(?=x)(?P<major>1)" }],
    ["regex", { pattern: "(?P<major>1)", parts: ["year"] }],
    ["regex", { pattern: "(?P<year>1)(?P<major>1)", parts: ["year"] }],
    ["regex", { pattern: "(?P<year>1)", parts: [] }],
    ["calver", { format: "MAJOR.MINOR" }],
    ["calver", { format: "YYYY.QQ" }],
    ["calver", { format: "" }],
    ["docker", { pattern: "x" }],
    ["semver", { format: "YYYY" }],
  ])("refuses %s with %j", (name, options) => {
    expect(codeOf(() => createVersionScheme(name, options))).toBe("INVALID_INPUT");
  });

  it("takes a scheme of the caller's own as it is, and no options with it", () => {
    const own = { ...createVersionScheme("semver"), name: "mine" };
    expect(createVersionScheme(own)).toBe(own);
    expect(codeOf(() => createVersionScheme(own, { order: "strict" }))).toBe("INVALID_INPUT");
  });
});

describe("ranges", () => {
  it.each<[string, string, string, boolean]>([
    ["cpython-tag", "3.14.3t", ">=3.14,<3.15", true],
    ["cpython-tag", "3.15.0rc1", ">=3.14,<3.15", false],
    ["cpython-tag", "3.15.0rc1", ">=3.15.0b1 <3.16", true],
    ["cpython-tag", "3.15t-dev", "==3.15.*", true],
    ["cpython-tag", "3.14.3", "!=3.14.*", false],
    ["cpython-tag", "3.14.3", "==3.14.3 || ==3.13.*", true],
    ["docker", "1.4.9-alpine", "~1.4.2", true],
    ["docker", "1.5.0", "~1.4.2", false],
    ["docker", "1.5.0", "^1.4", true],
    ["docker", "2.0.0", "^1.4", false],
    ["docker", "0.3.0", "^0.2.1", false],
    ["docker", "1.5", "~=1.4", true],
    ["docker", "1.4.9", ">1.4.9", false],
    ["docker", "1.4.9-r2", ">1.4.9", false],
    ["docker", "1.4.9", "> 1.4.8", true],
    ["calver", "2024.10", "2024", true],
    ["calver", "2024.10", ">=2024.11", false],
    ["numeric", "3.10", "==3.1", true],
    ["numeric", "3.05", ">=3.1", false],
    ["semver", "1.3.0-rc.1", "^1.2.0", false],
    ["semver", "1.2.3", "^1.2.0", true],
    ["pep440", "1.0+local", "==1.0", true],
    ["exact", "abc", "abc", true],
    ["exact", "abc", "ab", false],
    ["lts", "17.3 LTS", "*", true],
  ])("%s: %s in %s is %s", (name, raw, range, expected) => {
    const scheme = createVersionScheme(name);
    const version = scheme.parse(raw);
    expect(version !== undefined && scheme.satisfies(version, range)).toBe(expected);
  });

  it("admits wanted pre-releases of a range, but none of the release that ends it", () => {
    const { parse, satisfies } = createVersionScheme("semver");
    const fits = (raw: string, range: string) => {
      const version = parse(raw);
      return version !== undefined && satisfies(version, range, { prereleases: true });
    };
    expect([fits("1.9.0-rc.1", ">=1 <2.0.0"), fits("2.0.0-rc.1", ">=1 <2.0.0"), fits("1.0.0-rc.1", "^1.0.0")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("reads ranges of Flux where that is asked for", () => {
    const [npm, flux] = [createVersionScheme("semver"), createVersionScheme("semver", { ranges: "flux" })];
    const version = npm.parse("2.0.0-alpha.1") as Version;
    expect([npm.satisfies(version, ">=1.0.0-0 <2.0.0"), flux.satisfies(version, ">=1.0.0-0 <2.0.0")]).toEqual([
      false,
      true,
    ]);
  });

  it.each(["", "nonsense", ">=", "3.14.3 foo", "~=3", ">=3.*", "=>3", ">=1,,<2", "1".repeat(600)])(
    "refuses %j",
    (range) => {
      const scheme = createVersionScheme("docker");
      expect(codeOf(() => scheme.satisfies(scheme.parse("3.14.3") as Version, range))).toBe("INVALID_INPUT");
    },
  );
});
