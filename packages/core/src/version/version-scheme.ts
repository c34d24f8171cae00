import type { ReleasePart } from "./release-part.ts";

/** A version, parsed: what its scheme needs to order it. `raw` is always what comes back, never a rewritten text. */
export interface Version {
  readonly raw: string;
  /** Numeric parts, most significant first; a `bigint` where a number could not hold it exactly. */
  readonly release: readonly ReleasePart[];
  /** Empty for a final release. Words and numbers in order of significance, `["rc", 2]`. */
  readonly prerelease: readonly (string | ReleasePart)[];
  /** What kind of build of that release it is, for example `t` (free-threaded). Empty for the default one. */
  readonly variant: string;
  /** What stands before the numbers, `v` or `python-`. Absent when nothing does. */
  readonly prefix?: string;
  /** Counters behind a release: post release, revision, time of a rebuild. Later ones come later. Absent when there are none. */
  readonly post?: readonly (string | ReleasePart)[];
  /** Whether its text says that it has long-term support. Absent when it does not. */
  readonly lts?: true;
}

/** How versions of one kind are read and ordered. A caller may bring an object of its own. */
export interface VersionScheme {
  readonly name: string;
  /** `undefined` when the text is not a version of this scheme. */
  parse(raw: string): Version | undefined;
  /** A total order: negative when `left` comes first, 0 when they are the same release. */
  compare(left: Version, right: Version): number;
  /** Whether it is a final release. */
  isStable(version: Version): boolean;
  /**
   * Whether it lies in the range, in this scheme's own notation. `*` admits everything.
   *
   * @param options.prereleases - Pre-releases were asked for, so the range must not leave them out by itself. Default false.
   * @throws BayplanError `INVALID_INPUT` when the range is none.
   */
  satisfies(version: Version, range: string, options?: { readonly prereleases?: boolean }): boolean;
  /** The same release as another variant, where upstream publishes one release for several; `undefined` if it cannot exist. */
  readonly withVariant?: (version: Version, variant: string) => Version | undefined;
  /**
   * How many numeric parts a release has, so that the line `3.14` never competes with the release 3.14.3. `longest`: as
   * many as the most precise candidate. Default `any`.
   */
  readonly precision?: number | "longest" | "any";
  /** False where no version comes after another (`exact`): two different ones are never ranked. Default true. */
  readonly isOrdered?: boolean;
  /** What the first part counts: breaking changes, or time, where a new year is no jump. Default `change`. */
  readonly majorCounts?: "change" | "time";
}

/** Whether the release begins with the parts of the line: `3.14`, also `3.14.x`, is the line of 3.14.3, `3.1` is not. */
export function isInLine(version: Version, line: string): boolean {
  const parts = line
    .replace(/(?:\.[x*])+$/, "")
    .split(".")
    .map(Number);
  return parts.every((part, index) => version.release[index] === part);
}
