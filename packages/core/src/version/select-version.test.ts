import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import type { VersionCandidate } from "../ports/version-source.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import { selectVersion } from "./select-version.ts";
import type { Selection } from "./selection.ts";
import type { VersionSelector } from "./version-selector.ts";

const now = parseInstant("2026-11-21T00:00:00Z");
const daysAgo = (days: number) => parseInstant(new Date(Date.UTC(2026, 10, 21 - days)).toISOString());
const cpython: VersionSelector = { scheme: createVersionScheme("cpython-tag") };
const semver: VersionSelector = { scheme: createVersionScheme("semver") };
type Listed = string | VersionCandidate;

function select(candidates: readonly Listed[], selector: VersionSelector, truncated = false): Selection {
  const listed = candidates.map((candidate) => (typeof candidate === "string" ? { raw: candidate } : candidate));
  return selectVersion(listed, selector, now, { truncated });
}

/** `picked 1.2.3`, `ambiguous 1.2.3 v1.2.3`, `none`. */
function brief(selection: Selection): string {
  const versions = "version" in selection ? [selection.version] : "versions" in selection ? selection.versions : [];
  return [selection.state, ...versions.map((version) => version.raw)].join(" ");
}

describe("selectVersion", () => {
  it.each<[string, readonly Listed[], VersionSelector, string]>([
    ["numbers are numbers", ["3.14.9", "3.14.10", "3.14.2"], cpython, "picked 3.14.10"],
    ["3.1 does not contain 3.14", ["3.1.5", "3.14.3"], { ...cpython, line: "3.1" }, "picked 3.1.5"],
    ["3.1 alone has none", ["3.14.3"], { ...cpython, line: "3.1" }, "none"],
    ["nothing listed", [], cpython, "none"],
    ["rubbish is passed over", ["3.14.3tt", "<script>", "3.14.3"], cpython, "picked 3.14.3"],
    ["a line is no release", ["3.14", "3.14.3"], cpython, "picked 3.14.3"],
    ["unless precision allows it", ["3.15"], { ...cpython, precision: 2 }, "picked 3.15"],
    ["the same text twice is one version", ["3.14.3", "3.14.3"], cpython, "picked 3.14.3"],
    ["one release under two names", ["v1.2.3", "1.2.3", "1.0.0"], semver, "ambiguous 1.2.3 v1.2.3"],
    ["an older one under two names", ["v1.0.0", "1.0.0", "1.2.3"], semver, "picked 1.2.3"],
    ["pre-releases are passed over", ["3.15.0rc1", "3.14.3"], cpython, "picked 3.14.3"],
    [
      "pre-releases when wanted",
      ["3.15.0rc9", "3.15.0rc10", "3.14.3"],
      { ...cpython, prereleases: true },
      "picked 3.15.0rc10",
    ],
    ["a final one still wins", ["3.15.0rc1", "3.15.0"], { ...cpython, prereleases: true }, "picked 3.15.0"],
    ["the publisher's flag counts", [{ raw: "3.15.0", prerelease: true }, "3.14.3"], cpython, "picked 3.14.3"],
    ["no flag makes a candidate final", [{ raw: "3.15.0rc1", prerelease: false }], cpython, "none"],
    ["yanked", [{ raw: "3.14.4", yanked: true }, "3.14.3"], cpython, "picked 3.14.3"],
    ["range", ["1.9.0", "2.0.0"], { ...semver, range: "^1" }, "picked 1.9.0"],
    ["variant from the release", ["3.14.3", "3.12.9"], { ...cpython, variant: "t" }, "picked 3.14.3t"],
    ["variant as published", ["3.14.3", "3.14.3t"], { ...cpython, variant: "t" }, "picked 3.14.3t"],
    ["variant that cannot be", ["3.12.9"], { ...cpython, variant: "t" }, "none"],
    ["default variant only", ["3.14.4t", "3.14.3"], cpython, "picked 3.14.3"],
    ["scheme without variants", ["1.2.3"], { ...semver, variant: "t" }, "none"],
  ])("%s", (_, candidates, selector, expected) => {
    expect(brief(select(candidates, selector))).toBe(expected);
  });

  it.each<[string, VersionCandidate, string]>([
    ["old enough", { raw: "3.14.3", releasedAt: daysAgo(7) }, "picked 3.14.3"],
    ["too young", { raw: "3.14.3", releasedAt: daysAgo(6) }, "held 3.14.3"],
    ["of unknown age", { raw: "3.14.3" }, "held 3.14.3"],
    ["from the future", { raw: "3.14.3", releasedAt: daysAgo(-1) }, "held 3.14.3"],
  ])("holds by age, %s, and takes an older one that is old enough", (_, candidate, expected) => {
    const older = { raw: "3.14.2", releasedAt: daysAgo(100) };
    const younger = select([older, candidate], { ...cpython, minimumAgeDays: 7 });
    expect(brief(younger)).toBe(expected.startsWith("held") ? "picked 3.14.2" : expected);
    const reasons = { raw: "3.14.3", code: expect.stringMatching(/^(too-young|no-release-time)$/) };
    if (expected.startsWith("held")) expect(younger.rejected).toContainEqual(expect.objectContaining(reasons));
    expect(brief(select([candidate], { ...cpython, minimumAgeDays: 7 }))).toBe(expected);
    expect(brief(select([candidate], { ...cpython, minimumAgeDays: 0 }))).toBe("picked 3.14.3");
  });

  it("judges no truncated list", () => {
    expect(select(["3.14.3"], cpython, true).state).toBe("incomplete");
    expect(select([], cpython, true).state).toBe("incomplete");
  });

  it("says why for each that is not picked", () => {
    const candidates = [
      "x",
      { raw: "3.9.1", yanked: true },
      "3.14",
      "3.13.1",
      "3.14.3t",
      "3.14.0rc1",
      "3.14.1",
      "3.14.2",
    ];
    const { rejected } = select(candidates, { ...cpython, line: "3.14", range: "*" });
    expect(rejected).toEqual([
      { raw: "x", code: "not-a-version", class: "moving" },
      { raw: "3.14.3t", code: "other-variant" },
      { raw: "3.9.1", code: "yanked" },
      { raw: "3.14", code: "too-imprecise" },
      { raw: "3.13.1", code: "other-line" },
      { raw: "3.14.0rc1", code: "prerelease" },
      { raw: "3.14.1", code: "lower" },
    ]);
    expect(select(["1.0.0"], { ...semver, range: "^2" }).rejected).toEqual([{ raw: "1.0.0", code: "out-of-range" }]);
  });

  const candidate: fc.Arbitrary<VersionCandidate> = fc
    .record({
      raw: fc.constantFrom("3.13.1", "3.14.2", "3.14.3", "3.14.3t", "3.14.4t", "3.15.0b1", "3.14", "x"),
      days: fc.option(fc.constantFrom(0, 3, 30), { nil: undefined }),
      prerelease: fc.boolean(),
      yanked: fc.boolean(),
    })
    .map(({ raw, days, ...flags }) => ({
      raw,
      ...flags,
      ...(days === undefined ? {} : { releasedAt: daysAgo(days) }),
    }));
  const selector: fc.Arbitrary<VersionSelector> = fc
    .record({
      variant: fc.constantFrom("", "t"),
      prereleases: fc.boolean(),
      minimumAgeDays: fc.constantFrom(0, 7),
      line: fc.constantFrom("3", "3.14"),
    })
    .map((rest) => ({ ...cpython, ...rest }));

  it("gives the same answer in any order", () => {
    const shuffled = fc
      .array(candidate, { maxLength: 8 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(shuffled, selector, ([left, right], wanted) => {
        const [one, other] = [select(left, wanted), select(right, wanted)];
        expect(brief(one)).toBe(brief(other));
        const sorted = ({ rejected }: Selection) => rejected.map((entry) => JSON.stringify(entry)).sort();
        expect(sorted(one)).toEqual(sorted(other));
      }),
      { numRuns: 1000 },
    );
  });

  it("accounts for every candidate", () => {
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 8 }), selector, (list, wanted) => {
        const selection = select(list, wanted);
        const chosen = "version" in selection ? [selection.version] : "versions" in selection ? selection.versions : [];
        const texts = chosen.flatMap(({ raw }) => [raw, raw.replace(/t$/, "")]);
        const rejected = selection.rejected.map((entry) => entry.raw);
        for (const { raw } of list) expect([...texts, ...rejected]).toContain(raw);
        expect(rejected.length + chosen.length).toBeLessThanOrEqual(list.length);
      }),
      { numRuns: 1000 },
    );
    expect(select(["v1.2.3", "1.2.3", "1.0.0"], semver).rejected).toEqual([{ raw: "1.0.0", code: "lower" }]);
  });
});
