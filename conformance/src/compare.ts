import { isDeepStrictEqual } from "node:util";

/** Keys that are for people: never compared. */
const peopleKeys = new Set([
  ...["about", "origin", "format", "notes", "count", "source", "src", "description", "why", "note", "words", "peers"],
  ...["peer", "name", "group", "row", "fixture", "reference", "dependsOn", "fixtureCommitDate", "upstreamNote"],
  "originalBehaviour",
]);

/** Stands for the whole answer where it has no keys. */
const whole = "(whole)";

/** How a family compares. */
export interface Comparison {
  /** Keys whose arrays are sets, `(whole)` for an answer that is one; of an object, the arrays in it. */
  readonly sets?: readonly string[];
  /** Keys whose objects are compared name by name: names that are not expected do not count. */
  readonly byName?: readonly string[];
}

/**
 * The first key in which the answer is not what was expected, or `undefined`. Only keys present in `expected` count;
 * an expected `error` means "must be refused", whatever the words.
 */
export function firstDifference(expected: unknown, actual: unknown, comparison: Comparison): string | undefined {
  if (!isRecord(expected)) {
    const isSet = comparison.sets?.includes(whole) === true;
    return isDeepStrictEqual(ordered(expected, isSet), ordered(actual, isSet)) ? undefined : whole;
  }
  const answer = isRecord(actual) ? actual : {};
  for (const [key, value] of Object.entries(expected)) {
    if (peopleKeys.has(key)) continue;
    if (key === "error") {
      if (isRefusal(value) !== isRefusal(answer["error"])) return key;
      continue;
    }
    if (isRefusal(answer["error"]) && !isRefusal(expected["error"])) return "error";
    const isSet = comparison.sets?.includes(key) === true;
    const found = comparison.byName?.includes(key) === true ? named(value, answer[key]) : (answer[key] ?? null);
    if (!isDeepStrictEqual(ordered(value, isSet), ordered(found, isSet))) return key;
  }
  return undefined;
}

function isRefusal(error: unknown): boolean {
  return error !== undefined && error !== null && error !== false;
}

/** The answer without the names that nothing is expected of; a name that is missing stays missing. */
function named(expected: unknown, answer: unknown): unknown {
  if (!isRecord(expected) || !isRecord(answer)) return answer ?? null;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => Object.hasOwn(expected, name)));
}

function ordered(value: unknown, isSet: boolean): unknown {
  if (isSet && isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, ordered(member, true)]));
  }
  if (!isSet || !Array.isArray(value)) return value;
  return [...value].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
