import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import type { VersionCandidate } from "../ports/version-source.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import { selectVersion } from "./select-version.ts";
import type { Selection } from "./selection.ts";
import type { VersionSelector } from "./version-selector.ts";

const now = parseInstant("2026-11-21T00:00:00Z");
const yesterday = parseInstant("2026-11-20T00:00:00Z");
const longAgo = parseInstant("2020-01-01T00:00:00Z");
type Listed = string | VersionCandidate;

const listed = (candidates: readonly Listed[]) =>
  candidates.map((candidate) => (typeof candidate === "string" ? { raw: candidate } : candidate));
const select = (candidates: readonly Listed[], selector: VersionSelector) =>
  selectVersion(listed(candidates), selector, now);

function brief(selection: Selection): string {
  const versions = "version" in selection ? [selection.version] : "versions" in selection ? selection.versions : [];
  return [selection.state, ...versions.map((version) => version.raw)].join(" ");
}

describe("selectVersion", () => {
  it.each<[string, readonly Listed[], VersionSelector, string]>([
    [
      "classes are not mixed",
      ["20230101", "1234567", "2023-01-01", "latest", "3.1.0"],
      { scheme: "docker" },
      "picked 3.1.0",
    ],
    ["nor precisions", ["4", "3.2", "3.1.9"], { scheme: "docker" }, "picked 3.1.9"],
    ["the current one says how precise", ["3", "4", "3.2.1"], { scheme: "docker", current: "3" }, "picked 4"],
    ["or the selector", ["3.14", "3.15", "3.14.3"], { scheme: "docker", precision: 2 }, "picked 3.15"],
    ["a variant of another release", ["3.14.2", "3.14.3t"], { scheme: "docker", current: "3.14.1" }, "picked 3.14.2"],
    ["the current variant", ["3.14.9", "3.14.3t"], { scheme: "docker", current: "3.14.1t" }, "picked 3.14.3t"],
    ["another OS", ["1.3-alpine3.19"], { scheme: "docker", current: "1.2-alpine3.18" }, "none"],
    [
      "another OS where that may float",
      ["1.3-alpine3.9", "1.3-alpine3.19", "1.4-slim", "1.2-alpine3.20"],
      { scheme: "docker", current: "1.2-alpine3.18", variantVersions: "float" },
      "picked 1.3-alpine3.19",
    ],
    [
      "the release before the OS",
      ["1.3-os3.9", "1.2-os3.19"],
      { scheme: "docker", variant: "os3.1", variantVersions: "float" },
      "picked 1.3-os3.9",
    ],
    ["the prefix in use", ["v1.2.3", "1.2.4"], { scheme: "docker", current: "v1.2.3" }, "picked v1.2.3"],
    ["any prefix", ["v1.2.3", "1.2.4"], { scheme: "docker", current: "v1.2.3", prefix: "any" }, "picked 1.2.4"],
    ["one prefix", ["v1.2.3", "1.2.4"], { scheme: "docker", prefix: { text: "v" } }, "picked v1.2.3"],
    ["words name other things", ["python-9.0", "r-1.0", "2.0"], { scheme: "docker" }, "picked 2.0"],
    [
      "and stay with them",
      ["python-9.0", "gpu-10.0"],
      { scheme: "docker", current: "python-8.0", prefix: "any" },
      "picked python-9.0",
    ],
    [
      "the prefix settles a tie",
      ["v1.2.4", "1.2.4"],
      { scheme: "docker", current: "v1.2.3", prefix: "any" },
      "picked v1.2.4",
    ],
    ["nothing settles this one", ["2024.1", "2024.01"], { scheme: "calver" }, "ambiguous 2024.01 2024.1"],
    ["nor this", ["3.1", "3.10"], { scheme: "numeric" }, "ambiguous 3.1 3.10"],
    ["exact has no order", ["a", "b"], { scheme: "exact" }, "ambiguous b a"],
    ["exact stays where it is", ["a", "b"], { scheme: "exact", current: "a" }, "picked a"],
    ["one variant in capitals or not", ["17.3 LTS ML", "18.0"], { scheme: "lts", variant: "ML" }, "picked 17.3 LTS ML"],
    ["exact picks what is named", ["a", "b"], { scheme: "exact", range: "b" }, "picked b"],
    [
      "a release candidate",
      ["1.1.0-rc.1", "1.1.0-beta.2", "1.0.0"],
      { scheme: "semver", channel: "rc" },
      "picked 1.1.0-rc.1",
    ],
    ["but no beta", ["1.1.0-beta.2", "1.0.0"], { scheme: "semver", channel: "rc" }, "picked 1.0.0"],
    ["a beta", ["1.1.0-beta2", "1.2.0-alpha"], { scheme: "semver", channel: "beta" }, "picked 1.1.0-beta2"],
    ["nightly builds", ["1.1.0-nightly", "1.0.0"], { scheme: "docker", channel: "nightly" }, "picked 1.1.0-nightly"],
    [
      "a flag alone is no phase",
      [{ raw: "1.1.0", prerelease: true }, "1.0.0"],
      { scheme: "semver", channel: "alpha" },
      "picked 1.0.0",
    ],
    [
      "from a candidate to the next",
      ["2.0.0-rc.2", "2.1.0-rc.1"],
      { scheme: "semver", current: "2.0.0-rc.1" },
      "picked 2.0.0-rc.2",
    ],
    ["and to any final one", ["2.0.0-rc.2", "2.1.0"], { scheme: "semver", current: "2.0.0-rc.1" }, "picked 2.1.0"],
    ["never from a final one", ["2.0.0", "2.0.1-rc.1"], { scheme: "semver", current: "2.0.0" }, "picked 2.0.0"],
    [
      "nor where stable is asked for",
      ["2.0.0-rc.2"],
      { scheme: "semver", current: "2.0.0-rc.1", channel: "stable" },
      "none",
    ],
    ["never back", ["1.9.0"], { scheme: "semver", current: "2.0.0" }, "none"],
    [
      "old ways of counting",
      ["5.2.3", "5.3.0", "20.04.1"],
      { scheme: "docker", current: "5.2.3", maxMajorIncrement: 1 },
      "picked 5.3.0",
    ],
    [
      "from numbers to years",
      ["6.0.0", "2024.1.0"],
      { scheme: "docker", current: "5.2.3", maxMajorIncrement: 1 },
      "picked 6.0.0",
    ],
    [
      "years are no jump",
      ["2026.1.0"],
      { scheme: "docker", current: "2022.9.1", maxMajorIncrement: 1 },
      "picked 2026.1.0",
    ],
    ["nor short ones", ["26.04"], { scheme: "calver", current: "22.04", maxMajorIncrement: 0 }, "picked 26.04"],
    [
      "long-term support by its mark",
      ["18.0", "17.3 LTS", "17.3 LTS ML"],
      { scheme: "lts", ltsOnly: true },
      "picked 17.3 LTS",
    ],
    [
      "or by data",
      [{ raw: "26.0.0", lts: false }, { raw: "24.1.0", lts: true }, "25.0.0"],
      { scheme: "semver", channel: "lts" },
      "picked 24.1.0",
    ],
    [
      "data wins over the mark",
      [{ raw: "18.0 LTS", lts: false }, "17.3 LTS"],
      { scheme: "lts", ltsOnly: true },
      "picked 17.3 LTS",
    ],
    ["deprecated", [{ raw: "1.1.0", deprecated: true }, "1.0.0"], { scheme: "semver" }, "picked 1.0.0"],
    [
      "deprecated, but allowed",
      [{ raw: "1.1.0", deprecated: true }],
      { scheme: "semver", deprecated: "allow" },
      "picked 1.1.0",
    ],
    ["end of life", [{ raw: "1.1.0", endOfLife: true }, "1.0.0"], { scheme: "semver" }, "picked 1.0.0"],
    [
      "end of life, but allowed",
      [{ raw: "1.1.0", endOfLife: true }],
      { scheme: "semver", endOfLife: "allow" },
      "picked 1.1.0",
    ],
    ["denied", ["3.0.8", "1.0.0"], { scheme: "semver", deny: ["^3\\."] }, "picked 1.0.0"],
    ["not allowed", ["3.0.8", "1.0.0"], { scheme: "semver", allow: ["^1\\.", "^2\\."] }, "picked 1.0.0"],
    ["excluded", ["3.0.8", "1.0.0"], { scheme: "semver", exclude: ["3.0.8"] }, "picked 1.0.0"],
    ["excluded by its whole text only", ["v3.0.8"], { scheme: "semver", exclude: ["3.0.8"] }, "picked v3.0.8"],
    [
      "young",
      [
        { raw: "1.1.0", releasedAt: yesterday },
        { raw: "1.0.0", releasedAt: longAgo },
      ],
      { scheme: "semver", minimumAgeDays: 7 },
      "picked 1.0.0",
    ],
    [
      "all young",
      [{ raw: "1.1.0", releasedAt: yesterday }, "1.2.0"],
      { scheme: "semver", minimumAgeDays: 7 },
      "held 1.2.0",
    ],
    ["no time, allowed", ["1.2.0"], { scheme: "semver", minimumAgeDays: 7, missingTime: "allow" }, "picked 1.2.0"],
    [
      "one text, young in one listing",
      [
        { raw: "1.1.0", releasedAt: longAgo },
        { raw: "1.1.0", releasedAt: yesterday },
      ],
      { scheme: "semver", minimumAgeDays: 7 },
      "held 1.1.0",
    ],
    ["a range that is none", ["1.0.0"], { scheme: "semver", range: ">=>" }, "error"],
    ["a pattern that is none", ["1.0.0"], { scheme: "semver", deny: ["("] }, "error"],
    ["a scheme that is none", ["1.0.0"], { scheme: "loose" }, "error"],
    ["a current version that is none", ["1.0.0"], { scheme: "semver", current: "latest" }, "error"],
    ["a guard without anything to compare", ["1.0.0"], { scheme: "semver", maxMajorIncrement: 1 }, "error"],
  ])("%s", (_, candidates, selector, expected) => {
    expect(brief(select(candidates, selector))).toBe(expected);
    expect(brief(select([...candidates].reverse(), selector))).toBe(expected);
  });

  it("gives every reason with what it rests on", () => {
    const candidates = [
      ...["0a1b2c3", "20230101", "latest", "9.0.0", "5.4.0-slim", "v5.4.0", "5.4", "5.4.0.1", "5.1.0", "5.4.0-rc1"],
      { raw: "5.4.1", releasedAt: yesterday },
      { raw: "5.4.2" },
      { raw: "5.3.9", releasedAt: longAgo },
      { raw: "5.3.0", releasedAt: longAgo },
    ];
    const selection = select(candidates, {
      scheme: "docker",
      current: "5.2.3",
      maxMajorIncrement: 1,
      minimumAgeDays: 3,
    });
    expect(brief(selection)).toBe("picked 5.3.9");
    expect(selection.rejected).toEqual([
      { raw: "0a1b2c3", code: "not-a-version", class: "hash" },
      { raw: "20230101", code: "not-a-version", class: "date" },
      { raw: "latest", code: "not-a-version", class: "moving" },
      { raw: "5.4.0-slim", code: "other-variant" },
      { raw: "v5.4.0", code: "other-prefix" },
      { raw: "9.0.0", code: "major-jump", from: "5.2.3", limit: 1 },
      { raw: "5.4", code: "too-imprecise" },
      { raw: "5.4.0.1", code: "too-precise" },
      { raw: "5.1.0", code: "below-current" },
      { raw: "5.4.0-rc1", code: "prerelease" },
      { raw: "5.4.2", code: "no-release-time" },
      { raw: "5.4.1", code: "too-young", until: "2026-11-23T00:00:00Z" },
      { raw: "5.3.0", code: "lower" },
    ]);
  });

  it("says since when the listing is old", () => {
    const selection = selectVersion([{ raw: "1.0.0" }], { scheme: "semver" }, now, {
      truncated: false,
      staleSince: yesterday,
    });
    expect(selection).toMatchObject({ state: "picked", staleSince: yesterday });
  });

  it("takes a scheme of the caller's own", () => {
    const semver = createVersionScheme("semver");
    const backwards = {
      ...semver,
      name: "mine",
      compare: (left, right) => semver.compare(right, left),
    } satisfies typeof semver;
    expect(brief(select(["1.0.0", "2.0.0"], { scheme: backwards }))).toBe("picked 1.0.0");
  });
});
