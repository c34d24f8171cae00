import { Range, type SemVer } from "semver";
import { BayplanError } from "../errors.ts";

/** A set of versions in npm's notation, `^1.2 || >=3`. */
export interface NpmRange {
  readonly text: string;
  /** Whether the version, or its parsed form, fits. A text that is no version does not. */
  contains(version: string | SemVer): boolean;
}

/** How a range is read. */
export interface NpmRangeOptions {
  /** Whether pre-releases fit that the range does not name. Default false: only those of a release it names. */
  readonly includePrerelease?: boolean;
}

const maxLength = 512;
const maxAlternatives = 64;

/**
 * The range as npm reads it. An empty text and `*` admit every final release.
 *
 * @throws BayplanError `INVALID_INPUT` for a text that is no range, over 512 characters or over 64 alternatives.
 * @see https://github.com/npm/node-semver#ranges
 */
export function createNpmRange(text: string, options: NpmRangeOptions = {}): NpmRange {
  if (text.length > maxLength) throw refused(text.slice(0, 40), `is longer than ${maxLength} characters`);
  if (text.split("||").length > maxAlternatives) throw refused(text, `has more than ${maxAlternatives} alternatives`);
  const range = parse(text, options.includePrerelease ?? false);
  return { text, contains: (version) => range.test(version) };
}

function parse(text: string, includePrerelease: boolean): Range {
  try {
    return new Range(text, { includePrerelease });
  } catch (error) {
    throw refused(text, "cannot be read", error);
  }
}

function refused(text: string, why: string, cause?: unknown): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `The range ${JSON.stringify(text)} ${why}. Expected npm's notation, for example ^1.2, >=1.2 <2 or 1.x || 3.x.`,
    { cause },
  );
}
