/** Keys of a case that are for people, or that the runner itself reads. */
const notInput = new Set([
  ...["about", "origin", "format", "notes", "count", "source", "src", "description", "why", "note", "words", "peers"],
  ...["peer", "name", "group", "row", "fixture", "reference", "dependsOn", "fixtureCommitDate", "upstreamNote"],
  ...["originalBehaviour", "id", "expected", "kind"],
]);

/** What a case says beside its id and its words: a checker reads it strictly, so that no key is overlooked. */
export function inputOf(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).filter(([key]) => !notInput.has(key)));
}
