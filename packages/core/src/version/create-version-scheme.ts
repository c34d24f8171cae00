import { BayplanError } from "../errors.ts";
import { cpythonTagScheme } from "./cpython-tag.ts";
import { semverScheme } from "./semver-scheme.ts";
import type { VersionScheme } from "./version-scheme.ts";

const schemes: ReadonlyMap<string, VersionScheme> = new Map(
  [cpythonTagScheme, semverScheme].map((scheme) => [scheme.name, scheme]),
);

/** The names that {@link createVersionScheme} knows, in the order they are documented. */
export const versionSchemeNames: readonly string[] = [...schemes.keys()];

/**
 * The scheme of that name: `cpython-tag` or `semver`.
 *
 * @throws BayplanError `INVALID_INPUT` for any other name; nothing is guessed.
 */
export function createVersionScheme(name: string): VersionScheme {
  const scheme = schemes.get(name);
  if (scheme !== undefined) return scheme;
  throw new BayplanError(
    "INVALID_INPUT",
    `There is no version scheme "${name}". Use one of ${versionSchemeNames.join(", ")}.`,
  );
}
