import { compareBuild, parse, satisfies } from "semver";
import type { VersionScheme } from "./version-scheme.ts";

/**
 * Semantic versions as npm reads them, with an optional leading `v`. Ranges are npm ranges.
 *
 * @see https://semver.org/spec/v2.0.0.html
 */
export const semverScheme: VersionScheme = {
  name: "semver",
  parse(raw) {
    const parsed = parse(raw);
    if (parsed === null || raw.trim() !== raw || raw.startsWith("=")) return undefined;
    return { raw, release: [parsed.major, parsed.minor, parsed.patch], prerelease: parsed.prerelease, variant: "" };
  },
  // Build metadata does not order releases (semver 10); it only makes the order of a listing deterministic.
  compare: (left, right) => compareBuild(left.raw, right.raw),
  isStable: (version) => version.prerelease.length === 0,
  satisfies: (version, range) => satisfies(version.raw, range),
};
