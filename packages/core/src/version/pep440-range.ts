import { comparePep440 } from "./pep440-compare.ts";
import {
  fitsPep440Specifier,
  namesPrerelease,
  type Pep440Specifier,
  parsePep440Specifiers,
} from "./pep440-specifier.ts";
import { isPep440Prerelease, type Pep440Version, parsePep440 } from "./pep440-version.ts";

/** What a specifier does with pre-releases. */
export interface Pep440Options {
  /**
   * `true` admits them, `false` leaves them out. Default: admitted if the specifier names one (`>=3.15.0a0`), or else
   * only where no final release fits.
   */
  readonly prereleases?: boolean;
}

/** A set of versions in the notation of Python packages, `>=3.14,<3.15`. */
export interface Pep440Range {
  readonly text: string;
  /** Whether the version fits, alone: with the default, a pre-release that fits is the only one that does. */
  contains(version: string, options?: Pep440Options): boolean;
  /** The versions that fit, in the given order. A text that is no version fits only `===` and the empty specifier. */
  filter(versions: readonly string[], options?: Pep440Options): readonly string[];
  /** The highest version that fits; among equal ones (`1.0`, `1.0.0`) the one listed last. */
  highest(versions: readonly string[], options?: Pep440Options): string | undefined;
}

/** A candidate: `version` is undefined if its text is no version. */
interface Candidate {
  readonly raw: string;
  readonly version: Pep440Version | undefined;
}

/**
 * The range that a specifier means, evaluated as PyPA's `packaging` 26.3 does. An empty text admits everything.
 *
 * @throws BayplanError `INVALID_INPUT` for a specifier that PyPA refuses, such as `~=3`, `3.14` or `>=3.*`.
 * @see https://packaging.python.org/en/latest/specifications/version-specifiers/#version-specifiers
 */
export function createPep440Range(text: string): Pep440Range {
  const specifiers = parsePep440Specifiers(text);
  const isNamingPrerelease = specifiers.some(namesPrerelease);
  const admitted = (versions: readonly string[], options: Pep440Options): readonly Candidate[] => {
    const candidates = versions.map((raw): Candidate => ({ raw, version: parsePep440(raw) }));
    const fitting = candidates.filter((candidate) => specifiers.every((specifier) => fits(candidate, specifier)));
    if (options.prereleases ?? isNamingPrerelease) return fitting;
    const finals = fitting.filter(({ version }) => version === undefined || !isPep440Prerelease(version));
    if (options.prereleases === false) return finals;
    // A text that is no version does not make pre-releases unnecessary.
    return finals.some(({ version }) => version !== undefined) ? finals : fitting;
  };
  return {
    text,
    contains: (version, options = {}) => admitted([version], options).length > 0,
    filter: (versions, options = {}) => admitted(versions, options).map(({ raw }) => raw),
    highest: (versions, options = {}) => highestOf(admitted(versions, options)),
  };
}

function fits(candidate: Candidate, specifier: Pep440Specifier): boolean {
  if (candidate.version !== undefined) return fitsPep440Specifier(candidate.version, specifier);
  return specifier.operator === "===" && candidate.raw.toLowerCase() === specifier.text.toLowerCase();
}

function highestOf(candidates: readonly Candidate[]): string | undefined {
  let highest: Pep440Version | undefined;
  for (const { version } of candidates) {
    if (version === undefined) continue;
    if (highest === undefined || comparePep440(version, highest) >= 0) highest = version;
  }
  return highest?.raw;
}
