import { BayplanError } from "../errors.ts";
import {
  fitsMastermindsComparator,
  type MastermindsComparator,
  mastermindsComparator,
  mastermindsPattern,
} from "./masterminds-comparator.ts";
import { type MastermindsVersion, parseMastermindsVersion } from "./masterminds-version.ts";

/** A set of versions in the notation of Helm and Flux, `>=1.2 <2 || ~3.4`. */
export interface MastermindsRange {
  readonly text: string;
  /** Whether the version fits; a text that is no version does not. */
  contains(version: string | MastermindsVersion): boolean;
}

/** How a range is read. */
export interface MastermindsRangeOptions {
  /** Whether every part of the range admits pre-releases. Default: only a part that names one, `>=1.0-0 <2`. */
  readonly includePrerelease?: boolean;
}

const maxLength = 512;
const maxGroups = 32;
// RE2 means only these by \s; JavaScript means more.
const space = "[\\t\\n\\f\\r ]";
const hyphen = new RegExp(`${space}*(${mastermindsPattern})${space}+-${space}+(${mastermindsPattern})${space}*`, "g");
const secondInHyphen = 6;
const comparator = new RegExp(`(=>|=<|!=|>=|<=|~>|[=><~^]|)${space}*(${mastermindsPattern})`, "y");
const leadingSpace = new RegExp(`${space}*`, "y");
const separator = new RegExp(`(?:${space}*,${space}*|${space}+)`, "y");

/**
 * The range that a constraint of Masterminds/semver 3.5 means. It differs from npm's: a comma or a space joins conditions,
 * `>1.4` excludes 1.4.9, `<=1.4` includes it, and one condition that names a pre-release admits pre-releases in its whole
 * group (`>=1.0.0-0 <2.0.0` admits 2.0.0-alpha.1).
 *
 * @throws BayplanError `INVALID_INPUT` for a constraint that Masterminds refuses, also the empty one, and for one over
 * 512 characters or 32 alternatives.
 * @see https://github.com/Masterminds/semver/blob/v3.5.0/README.md#checking-version-constraints
 */
export function createMastermindsRange(text: string, options: MastermindsRangeOptions = {}): MastermindsRange {
  if (text.length > maxLength) throw refused(text.slice(0, 40), `it is longer than ${maxLength} characters`);
  const alternatives = withoutHyphens(text).split("||");
  if (alternatives.length > maxGroups) throw refused(text, `it has more than ${maxGroups} alternatives`);
  const groups = alternatives.map((alternative) => {
    const comparators = parseGroup(alternative, text);
    const isNamingPrerelease = comparators.some(({ version }) => version.prerelease.length > 0);
    return { comparators, admitsPrereleases: options.includePrerelease === true || isNamingPrerelease };
  });
  return {
    text,
    contains(version) {
      const parsed = typeof version === "string" ? parseMastermindsVersion(version) : version;
      if (parsed === undefined) return false;
      return groups.some(
        ({ comparators, admitsPrereleases }) =>
          (admitsPrereleases || parsed.prerelease.length === 0) &&
          comparators.every((condition) => fitsMastermindsComparator(parsed, condition)),
      );
    },
  };
}

/** `1.2 - 1.4` is `>=1.2, <=1.4`, and may stand beside other conditions. */
function withoutHyphens(text: string): string {
  return text.replace(hyphen, (...match) => `>= ${match[1]}, <= ${match[secondInHyphen]} `);
}

function parseGroup(alternative: string, text: string): readonly MastermindsComparator[] {
  const comparators: MastermindsComparator[] = [];
  let position = lengthAt(leadingSpace, alternative, 0);
  let isOver = false;
  while (!isOver) {
    comparator.lastIndex = position;
    const match = comparator.exec(alternative);
    const parsed = match === null ? undefined : comparatorOf(match);
    if (match === null || parsed === undefined) throw refused(text, whyNone(alternative, position));
    comparators.push(parsed);
    position += match[0].length;
    const gap = lengthAt(separator, alternative, position);
    // White space may end a group, a comma may not: it announces another condition.
    isOver = position + gap === alternative.length && !alternative.includes(",", position);
    if (gap === 0 && !isOver) throw refused(text, whyNone(alternative, position));
    position += gap;
  }
  return comparators;
}

function comparatorOf(match: RegExpExecArray): MastermindsComparator | undefined {
  const [, operator = "", version = "", major, minor, patch, prerelease = ""] = match;
  return mastermindsComparator(operator, { text: version, numbers: [major, minor, patch], prerelease });
}

/** How many characters the sticky pattern takes there. */
function lengthAt(sticky: RegExp, text: string, position: number): number {
  sticky.lastIndex = position;
  return sticky.exec(text)?.[0].length ?? 0;
}

function whyNone(alternative: string, position: number): string {
  const rest = alternative.slice(position).trim();
  return rest === "" ? "a condition is missing" : `${JSON.stringify(rest)} is no condition`;
}

function refused(text: string, why: string): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `${JSON.stringify(text)} is no semantic version constraint: ${why}. Expected conditions such as >=1.2 <2, ~1.4, ^2, 1.x or 1.2 - 1.4, alternatives joined by ||.`,
  );
}
