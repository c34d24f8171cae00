import {
  compareMasterminds,
  compareMastermindsParts,
  compareMastermindsPrerelease,
  type MastermindsVersion,
  parseMastermindsVersion,
} from "./masterminds-version.ts";

/** One condition of a constraint: `>=1.2`, `~1.x`, `^1.2.3-beta`. */
export interface MastermindsComparator {
  readonly operator: "=" | "!=" | ">" | "<" | ">=" | "<=" | "~" | "^";
  /** The version named, with 0 for what was left open. */
  readonly version: MastermindsVersion;
  /** How many numbers are fixed, counted from the left: 1 for `1.x`, 3 for a whole version, 0 for `*`. */
  readonly fixed: 0 | 1 | 2 | 3;
}

/** A version in a constraint, with wildcards, as a source; its groups are the three numbers and the pre-release. */
export const mastermindsPattern =
  "v?([0-9|xX*]+)(\\.[0-9|xX*]+)?(\\.[0-9|xX*]+)?" +
  "(-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?";

const operators: Readonly<Record<string, MastermindsComparator["operator"]>> = {
  "": "=",
  "=": "=",
  "!=": "!=",
  ">": ">",
  "<": "<",
  ">=": ">=",
  "=>": ">=",
  "<=": "<=",
  "=<": "<=",
  "~": "~",
  "~>": "~",
  "^": "^",
};

/** A comparator from its matched parts; `undefined` when the operator or the version is none. */
export function mastermindsComparator(
  operatorText: string,
  parts: { readonly text: string; readonly numbers: readonly (string | undefined)[]; readonly prerelease: string },
): MastermindsComparator | undefined {
  const operator = operators[operatorText];
  const [major = "", minor = "", patch = ""] = parts.numbers;
  const fixed = isOpen(major) ? 0 : isOpen(minor) ? 1 : isOpen(patch) ? 2 : 3;
  const texts = ["0.0.0", `${major}.0.0`, `${major}${minor}.0`];
  // What is left open takes the build metadata with it, but not the pre-release: `^1.x-0` is `^1` with pre-releases.
  const version = parseMastermindsVersion(fixed === 3 ? parts.text : `${texts[fixed]}${parts.prerelease}`);
  return operator === undefined || version === undefined ? undefined : { operator, version, fixed };
}

/** Whether the version fits, pre-releases included; whether those are wanted is a question to the whole group. */
export function fitsMastermindsComparator(version: MastermindsVersion, comparator: MastermindsComparator): boolean {
  const { operator, version: named, fixed } = comparator;
  const order = compareMasterminds(version, named);
  switch (operator) {
    case "=":
      return fixed === 3 ? order === 0 : isNear(version, comparator);
    case "!=":
      return isOther(version, comparator);
    case ">":
      // `>1.4` means 1.5 and later: 1.4.9 is still 1.4.
      return fixed === 1 || fixed === 2 ? compareMastermindsParts(version, named, fixed) > 0 : order > 0;
    case "<":
      return order < 0;
    case ">=":
      return order >= 0;
    case "<=":
      // `<=1.4` takes all of 1.4 in; `<=*` is read as `<=0.0`.
      return fixed === 3 ? order <= 0 : compareMastermindsParts(version, named, fixed === 1 ? 1 : 2) <= 0;
    case "~":
      return isNear(version, comparator);
    case "^":
      return order >= 0 && isCompatible(version, comparator);
  }
}

function isOpen(part: string): boolean {
  return /^\.?[xX*]?$/.test(part);
}

/** `!=1.4` excludes all of 1.4, but of its pre-releases only those with the same name. */
function isOther(version: MastermindsVersion, { version: named, fixed }: MastermindsComparator): boolean {
  if (fixed === 0 || fixed === 3) return compareMasterminds(version, named) !== 0;
  if (compareMastermindsParts(version, named, fixed) !== 0) return true;
  return fixed === 2 && compareMastermindsPrerelease(version.prerelease, named.prerelease) !== 0;
}

/** The tilde: the same minor release, or the same major one where no minor is named. `~0.0.0` means everything. */
function isNear(version: MastermindsVersion, { version: named, fixed }: MastermindsComparator): boolean {
  if (compareMasterminds(version, named) < 0) return false;
  const isZero = named.major === 0n && named.minor === 0n && named.patch === 0n;
  if (isZero && (fixed === 0 || fixed === 3)) return true;
  return compareMastermindsParts(version, named, fixed === 1 ? 1 : 2) === 0;
}

/** The caret: the leftmost number that is not 0 stays, or the last one that is fixed if all are 0. */
function isCompatible(version: MastermindsVersion, { version: named, fixed }: MastermindsComparator): boolean {
  if (named.major > 0n || fixed === 1) return version.major === named.major;
  if (named.minor > 0n || fixed === 2) return compareMastermindsParts(version, named, 2) === 0;
  return compareMastermindsParts(version, named, 3) === 0;
}
