import { compareBuild, parse } from "semver";
import { compareIdentifiers } from "./compare-natural.ts";
import { createMastermindsRange } from "./masterminds-range.ts";
import { createNpmRange } from "./npm-range.ts";
import { compareRelease } from "./release-part.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";

/** How semantic versions are read. */
export interface SemverOptions {
  /** Notation of ranges: npm's, or that of Masterminds/semver, which Helm and Flux use. Default `npm`. */
  readonly ranges?: "npm" | "flux";
  /**
   * `natural` (default): numbers inside identifiers count, `rc9` before `rc10`. `strict`: section 11 of the
   * specification to the letter, where `rc10` comes first.
   */
  readonly order?: "natural" | "strict";
}

/**
 * Semantic versions as npm reads them; `semver` accepts one leading `v`, `semver-strict` does not. No variants: what
 * follows `-` is a pre-release.
 *
 * @see https://semver.org/spec/v2.0.0.html
 */
export function createSemverScheme(name: "semver" | "semver-strict", options: SemverOptions = {}): VersionScheme {
  const { ranges = "npm", order = "natural" } = options;
  const range = rangeCache(ranges);
  return {
    name,
    precision: 3,
    parse(raw) {
      const prefix = name === "semver" && raw.startsWith("v") ? "v" : "";
      const parsed = /^\d/.test(raw.slice(prefix.length)) ? parse(raw) : null;
      if (parsed === null || /\s/.test(raw)) return undefined;
      const { major, minor, patch, prerelease, build } = parsed;
      return {
        ...{ raw, release: [major, minor, patch], prerelease, variant: "" },
        ...(prefix === "" ? {} : { prefix }),
        ...(build.length === 0 ? {} : { post: build }),
      };
    },
    compare: order === "strict" ? (left, right) => compareBuild(left.raw, right.raw) : compareSemver,
    isStable: (version) => version.prerelease.length === 0,
    satisfies: (version, text, wanted = {}) => range(text, wanted.prereleases ?? false)(version),
  };
}

function compareSemver(left: Version, right: Version): number {
  return (
    compareRelease(left.release, right.release) ||
    comparePrerelease(left.prerelease, right.prerelease) ||
    // Build metadata does not order releases (semver 10); it only makes the order of a listing deterministic.
    compareIdentifiers(left.post ?? [], right.post ?? [])
  );
}

function comparePrerelease(left: Version["prerelease"], right: Version["prerelease"]): number {
  if (left.length === 0 || right.length === 0) return Math.sign(Number(left.length === 0) - Number(right.length === 0));
  return compareIdentifiers(left, right);
}

type Fits = (version: Version) => boolean;

/** A listing is judged by one range, so the last one read is kept. */
function rangeCache(notation: "npm" | "flux"): (text: string, prereleases: boolean) => Fits {
  let last: { readonly text: string; readonly prereleases: boolean; readonly fits: Fits } | undefined;
  return (text, prereleases) => {
    if (last === undefined || last.text !== text || last.prereleases !== prereleases) {
      last = { text, prereleases, fits: compileRange(notation, text, prereleases) };
    }
    return last.fits;
  };
}

function compileRange(notation: "npm" | "flux", text: string, prereleases: boolean): Fits {
  const open = { includePrerelease: true };
  const create = notation === "npm" ? createNpmRange : createMastermindsRange;
  const strict = create(text);
  if (!prereleases) return ({ raw }) => strict.contains(raw);
  const wide = create(text, open);
  // With pre-releases, `<2.0.0` would admit 2.0.0-rc.1: the release it leads to must fit as well.
  return ({ raw, release }) => strict.contains(raw) || (wide.contains(raw) && strict.contains(release.join(".")));
}
