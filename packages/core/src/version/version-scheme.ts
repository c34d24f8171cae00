/** A version, parsed: what its scheme needs to order it. `raw` is always what comes back, never a rewritten text. */
export interface Version {
  readonly raw: string;
  /** Numeric parts, most significant first. */
  readonly release: readonly number[];
  /** Empty for a final release. Words and numbers in order of significance, `["rc", 2]`. */
  readonly prerelease: readonly (string | number)[];
  /** What kind of build of that release it is, for example `t` (free-threaded). Empty for the default one. */
  readonly variant: string;
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
  /** Whether it lies in the range, in this scheme's own notation. */
  satisfies(version: Version, range: string): boolean;
  /** The same release as another variant, where upstream publishes one release for several; `undefined` if it cannot exist. */
  readonly withVariant?: (version: Version, variant: string) => Version | undefined;
}

/** Whether the release begins with the parts of the line: `3.14` is the line of 3.14.3, `3.1` is not. */
export function isInLine(version: Version, line: string): boolean {
  const parts = line.split(".").map(Number);
  return parts.every((part, index) => version.release[index] === part);
}

/** Compares numbers part by part; a missing part counts as 0. */
export function compareRelease(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
