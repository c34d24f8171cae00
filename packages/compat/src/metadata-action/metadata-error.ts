import { BayplanError } from "@bayplan/core";

/** Where something stands that the action would refuse, and what it would take instead. */
export interface MetadataErrorPlace {
  /** For example `tags` or `env.DOCKER_METADATA_SHORT_SHA_LENGTH`. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

const shown = 200;

/**
 * The refusal of an input, code `INVALID_INPUT`. Its cause is an error with the action's own words, so that who knows
 * the action finds them again.
 */
export function metadataError(words: string, place: MetadataErrorPlace, cause?: unknown): BayplanError {
  const found = shorten(place.found);
  const message = `${shorten(words)}: in ${place.path} stands "${found}", expected ${place.expected}.`;
  return new BayplanError("INVALID_INPUT", message, {
    cause: cause ?? new Error(words),
    problems: [{ path: place.path, found, expected: place.expected }],
  });
}

/** The first 200 characters. */
function shorten(text: string): string {
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}
