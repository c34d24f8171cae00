import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import type { VersionCandidate } from "../ports/version-source.ts";
import { type NewestSelection, selectNewest } from "./select-newest.ts";
import type { VersionSelector } from "./version-selector.ts";

const now = parseInstant("2026-11-21T00:00:00Z");
const yesterday = parseInstant("2026-11-20T00:00:00Z");
const longAgo = parseInstant("2020-01-01T00:00:00Z");
type Listed = string | VersionCandidate;

const listed = (candidates: readonly Listed[]) =>
  candidates.map((candidate) => (typeof candidate === "string" ? { raw: candidate } : candidate));

function brief(selection: NewestSelection): string {
  const versions = "version" in selection ? [selection.version] : "versions" in selection ? selection.versions : [];
  return [selection.state, ...versions.map((version) => version.raw)].join(" ");
}

describe("selectNewest", () => {
  const newest = (
    candidates: readonly Listed[],
    selector: VersionSelector,
    options: { count: number; lineParts?: number },
  ) => {
    const selection = selectNewest(listed(candidates), selector, { now, ...options });
    return selection.state === "picked" ? selection.versions.map(({ raw }) => raw) : brief(selection);
  };

  it.each<
    [string, readonly Listed[], VersionSelector, { count: number; lineParts?: number }, readonly string[] | string]
  >([
    [
      "as many as wanted",
      ["9.1 LTS", "10.4 LTS", "18.0", "17.3 LTS"],
      { scheme: "lts", ltsOnly: true },
      { count: 2 },
      ["17.3 LTS", "10.4 LTS"],
    ],
    ["as many as there are", ["1.0.0"], { scheme: "semver" }, { count: 3 }, ["1.0.0"]],
    [
      "one of each line",
      ["3.14.1", "3.14.3", "3.13.9", "3.12.1"],
      { scheme: "cpython-tag" },
      { count: 2, lineParts: 2 },
      ["3.14.3", "3.13.9"],
    ],
    [
      "an older one where the newest waits",
      [
        { raw: "3.14.3", releasedAt: yesterday },
        { raw: "3.14.2", releasedAt: longAgo },
      ],
      { scheme: "cpython-tag", minimumAgeDays: 7 },
      { count: 2, lineParts: 2 },
      ["3.14.2"],
    ],
    ["none", ["x"], { scheme: "semver" }, { count: 1 }, "none"],
    ["only waiting ones", ["1.0.0"], { scheme: "semver", minimumAgeDays: 1 }, { count: 1 }, "held 1.0.0"],
    ["one of them twice", ["2.0.0", "v1.0.0", "1.0.0"], { scheme: "semver" }, { count: 2 }, "ambiguous 1.0.0 v1.0.0"],
    ["twice, beyond the count", ["2.0.0", "v1.0.0", "1.0.0"], { scheme: "semver" }, { count: 1 }, ["2.0.0"]],
    ["a request that is none", ["1.0.0"], { scheme: "loose" }, { count: 1 }, "error"],
  ])("%s", (_, candidates, selector, options, expected) => {
    expect(newest(candidates, selector, options)).toEqual(expected);
  });

  it("judges no truncated list and accounts for the rest", () => {
    const candidates = listed(["3.0.0", "2.0.0", "1.0.0", "x"]);
    const selector = { scheme: "semver" };
    expect(selectNewest(candidates, selector, { now, count: 1, completeness: { truncated: true } }).state).toBe(
      "incomplete",
    );
    expect(selectNewest(candidates, selector, { now, count: 2 }).rejected).toEqual([
      { raw: "x", code: "not-a-version", class: "moving" },
      { raw: "1.0.0", code: "lower" },
    ]);
  });
});
