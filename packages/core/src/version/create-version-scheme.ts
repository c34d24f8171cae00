import { BayplanError } from "../errors.ts";
import { type CalverOptions, createCalverScheme } from "./calver-scheme.ts";
import { cpythonTagScheme } from "./cpython-tag.ts";
import { dockerScheme } from "./docker-scheme.ts";
import { ltsScheme } from "./lts-scheme.ts";
import { pep440Scheme } from "./pep440-scheme.ts";
import { createRegexScheme, type RegexOptions } from "./regex-scheme.ts";
import { createSemverScheme, type SemverOptions } from "./semver-scheme.ts";
import { alphabeticalScheme, exactScheme, numericScheme } from "./text-schemes.ts";
import type { VersionScheme } from "./version-scheme.ts";

/** Options of the schemes that have any: `semver` and `semver-strict`, `calver`, `regex`. */
export interface SchemeOptions extends SemverOptions, CalverOptions, RegexOptions {}

/** A scheme as data: its name, and options where it has any. */
export interface SchemeConfig extends SchemeOptions {
  readonly name: string;
}

interface SchemeEntry {
  readonly options: readonly (keyof SchemeOptions)[];
  readonly create: (options: SchemeOptions) => VersionScheme;
}

const fixed = (scheme: VersionScheme): SchemeEntry => ({ options: [], create: () => scheme });
const schemes: ReadonlyMap<string, SchemeEntry> = new Map<string, SchemeEntry>([
  ["cpython-tag", fixed(cpythonTagScheme)],
  ["semver", { options: ["ranges", "order"], create: (options) => createSemverScheme("semver", options) }],
  [
    "semver-strict",
    { options: ["ranges", "order"], create: (options) => createSemverScheme("semver-strict", options) },
  ],
  ["pep440", fixed(pep440Scheme)],
  ["calver", { options: ["format", "padding"], create: createCalverScheme }],
  ["docker", fixed(dockerScheme)],
  ["numeric", fixed(numericScheme)],
  ["alphabetical", fixed(alphabeticalScheme)],
  ["regex", { options: ["pattern", "parts"], create: createRegexScheme }],
  ["lts", fixed(ltsScheme)],
  ["exact", fixed(exactScheme)],
]);

/** The names that {@link createVersionScheme} knows, in the order they are documented. */
export const versionSchemeNames: readonly string[] = [...schemes.keys()];

/**
 * The scheme of that name: `cpython-tag`, `semver`, `semver-strict`, `pep440`, `calver`, `docker`, `numeric`,
 * `alphabetical`, `regex`, `lts` or `exact`. Also by `{ name, ...options }`, so that a document can carry it. A scheme
 * object of the caller's own comes back as it is.
 *
 * @throws BayplanError `INVALID_INPUT` for any other name, since nothing is guessed, and for an option that the scheme
 * does not have or cannot read.
 */
export function createVersionScheme(
  scheme: string | SchemeConfig | VersionScheme,
  options: SchemeOptions = {},
): VersionScheme {
  if (typeof scheme === "object" && !("parse" in scheme)) {
    const { name, ...own } = scheme;
    return createVersionScheme(name, { ...own, ...options });
  }
  const given = Object.keys(options);
  if (typeof scheme !== "string") {
    if (given.length > 0) throw refused(`A scheme object takes no options, but ${given.join(", ")} was given.`);
    return scheme;
  }
  const entry = schemes.get(scheme);
  if (entry === undefined) {
    throw refused(`There is no version scheme "${scheme}". Use one of ${versionSchemeNames.join(", ")}.`);
  }
  const foreign = given.find((name) => !entry.options.some((known) => known === name));
  if (foreign !== undefined) {
    const takes = entry.options.length === 0 ? "no options" : entry.options.join(", ");
    throw refused(`The version scheme "${scheme}" has no option "${foreign}". It takes ${takes}.`);
  }
  return entry.create(options);
}

function refused(message: string): BayplanError {
  return new BayplanError("INVALID_INPUT", message);
}
