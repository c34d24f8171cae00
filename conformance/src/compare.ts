import { isDeepStrictEqual } from "node:util";

/** Keys that are for people: never compared. */
const peopleKeys = new Set([
  ...["about", "origin", "format", "notes", "count", "source", "src", "description", "why", "note", "words", "peers"],
  ...["peer", "name", "group", "row", "fixture", "reference", "dependsOn", "fixtureCommitDate", "upstreamNote"],
  "originalBehaviour",
]);

/** How a family compares: keys whose arrays are sets. */
export interface Comparison {
  readonly sets?: readonly string[];
}

/**
 * The first key in which the answer is not what was expected, or `undefined`. Only keys present in `expected` count;
 * an expected `error` means "must be refused", whatever the words.
 */
export function firstDifference(expected: unknown, actual: unknown, comparison: Comparison): string | undefined {
  if (!isRecord(expected)) return isDeepStrictEqual(expected, actual) ? undefined : "(whole)";
  const answer = isRecord(actual) ? actual : {};
  for (const [key, value] of Object.entries(expected)) {
    if (peopleKeys.has(key)) continue;
    if (key === "error") {
      if (isRefusal(value) !== isRefusal(answer["error"])) return key;
      continue;
    }
    if (isRefusal(answer["error"]) && !isRefusal(expected["error"])) return "error";
    const isSet = comparison.sets?.includes(key) === true;
    if (!isDeepStrictEqual(ordered(value, isSet), ordered(answer[key] ?? null, isSet))) return key;
  }
  return undefined;
}

function isRefusal(error: unknown): boolean {
  return error !== undefined && error !== null && error !== false;
}

function ordered(value: unknown, isSet: boolean): unknown {
  if (!isSet || !Array.isArray(value)) return value;
  return [...value].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
