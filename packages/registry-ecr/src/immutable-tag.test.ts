import { expect, it } from "vitest";
import { isImmutableEcrTag } from "./immutable-tag.ts";

it.each([
  ["MUTABLE", [], "v1", false],
  ["IMMUTABLE", [], "v1", true],
  ["IMMUTABLE_WITH_EXCLUSION", ["latest", "sha256-*"], "latest", false],
  ["IMMUTABLE_WITH_EXCLUSION", ["latest", "sha256-*"], "sha256-0a1b", false],
  ["IMMUTABLE_WITH_EXCLUSION", ["latest", "sha256-*"], "latest-2", true],
  ["MUTABLE_WITH_EXCLUSION", ["v*.*"], "v1.2", true],
  ["MUTABLE_WITH_EXCLUSION", ["v*.*"], "v1", false],
  ["MUTABLE_WITH_EXCLUSION", ["ab*ba"], "aba", false],
  // Filters without the setting that uses them, and settings that are not known: no promise that a tag may be moved.
  ["IMMUTABLE", ["*"], "v1", true],
  ["SOMETHING_NEW", [], "v1", true],
])("%s %j: %s is immutable: %s", (setting, exclusionFilters, tag, expected) => {
  expect(isImmutableEcrTag({ setting, exclusionFilters }, tag)).toBe(expected);
});

it("matches like the expression that a filter stands for", () => {
  const filters = words("ab.*", 4);
  const tags = words("ab.", 5);
  for (const filter of filters) {
    const text = filter.split("*").map((piece) => piece.replaceAll(".", "\\."));
    const expression = new RegExp(`^${text.join(".*")}$`);
    const mutability = { setting: "MUTABLE_WITH_EXCLUSION", exclusionFilters: [filter] };
    const wrong = tags.filter((tag) => isImmutableEcrTag(mutability, tag) !== expression.test(tag));
    expect([filter, wrong]).toEqual([filter, []]);
  }
});

/** All texts of these letters up to that length. */
function words(letters: string, length: number): readonly string[] {
  if (length === 0) return [""];
  return ["", ...words(letters, length - 1).flatMap((rest) => [...letters].map((letter) => letter + rest))];
}
