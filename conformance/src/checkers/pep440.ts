import {
  BayplanError,
  comparePep440,
  createPep440Range,
  isPep440Prerelease,
  normalizePep440,
  type Pep440Options,
  type Pep440Version,
  parsePep440,
} from "@bayplan/core";
import { z } from "zod";
import type { Owner } from "../owners.ts";

const One = z.strictObject({ version: z.string() });
const Two = z.strictObject({ a: z.string(), b: z.string() });
const RangeOnly = z.strictObject({ range: z.string() });
const Many = z.strictObject({ versions: z.array(z.string()) });
const Prereleases = z.boolean().nullish();
const Matches = z.strictObject({ version: z.string(), range: z.string(), prereleases: Prereleases });
const Filter = z.strictObject({ versions: z.array(z.string()), range: z.string(), prereleases: Prereleases });
const Highest = z.strictObject({ versions: z.array(z.string()), range: z.string() });

const file = /(^|\/)pep440-[^/]*\.json$/;

/** Checkers of `pep440-*.json`: one call of the library each. */
export const pep440Owners: readonly Owner[] = [
  { file, family: "isVersion", check: (input) => parsePep440(One.parse(input).version) !== undefined },
  { file, family: "isRange", check: (input) => isRange(RangeOnly.parse(input).range) },
  { file, family: "normalize", check: (input) => normalizePep440(versionOf(One.parse(input).version)) },
  { file, family: "parse", check: (input) => inWordsOfPyPa(versionOf(One.parse(input).version)) },
  { file, family: "isStable", check: (input) => !isPep440Prerelease(versionOf(One.parse(input).version)) },
  { file, family: "compare", check: checkCompare },
  { file, family: "sortNormalized", check: checkSort },
  { file, family: "matches", check: checkMatches },
  { file, family: "filter", check: checkFilter },
  { file, family: "getSatisfyingVersion", check: checkHighest },
];

function checkCompare(input: unknown): number {
  const { a, b } = Two.parse(input);
  return comparePep440(versionOf(a), versionOf(b));
}

function checkSort(input: unknown): readonly string[] {
  return Many.parse(input).versions.map(versionOf).sort(comparePep440).map(normalizePep440);
}

function checkMatches(input: unknown): boolean {
  const { version, range, prereleases } = Matches.parse(input);
  return createPep440Range(range).contains(version, optionsOf(prereleases));
}

function checkFilter(input: unknown): readonly string[] {
  const { versions, range, prereleases } = Filter.parse(input);
  return createPep440Range(range).filter(versions, optionsOf(prereleases));
}

function checkHighest(input: unknown): string | null {
  const { versions, range } = Highest.parse(input);
  return createPep440Range(range).highest(versions) ?? null;
}

/** A case's null is Python's None, which is our default. */
function optionsOf(prereleases: boolean | null | undefined): Pep440Options {
  return prereleases === null || prereleases === undefined ? {} : { prereleases };
}

function isRange(range: string): boolean {
  try {
    createPep440Range(range);
    return true;
  } catch {
    return false;
  }
}

function versionOf(text: string): Pep440Version {
  const version = parsePep440(text);
  if (version === undefined) throw new BayplanError("INVALID_VERSION", `${JSON.stringify(text)} is no version.`);
  return version;
}

function inWordsOfPyPa(version: Pep440Version): unknown {
  return {
    epoch: Number(version.epoch),
    release: version.release.map(Number),
    pre: version.pre === undefined ? null : [version.pre.phase, Number(version.pre.number)],
    post: version.post === undefined ? null : Number(version.post),
    dev: version.dev === undefined ? null : Number(version.dev),
    local: version.local?.join(".") ?? null,
  };
}
