import { compilePattern } from "@bayplan/core";
import type { TextTest } from "./js-pattern.ts";
import { escapePattern } from "./tag-pattern-text.ts";

/**
 * A list as ghcr-cleanup-action reads it: patterns divided by commas, spaces included; `*` is any letters, `?` one letter,
 * `\` takes the next letter as it is. A pattern describes the whole text.
 */
export function wildcardListTest(list: string): TextTest {
  const patterns = list.split(",").map((part) => compilePattern(wildcardListSource(part), { anchored: true }));
  return (text) => patterns.some((pattern) => pattern.exec(text) !== undefined);
}

/** RE2 source of one pattern of such a list. */
export function wildcardListSource(pattern: string): string {
  let source = "";
  for (let place = 0; place < pattern.length; place += 1) {
    const letter = pattern[place] ?? "";
    if (letter === "*") source += ".*";
    else if (letter === "?") source += ".";
    else if (letter !== "\\") source += escapePattern(letter);
    else if (place + 1 < pattern.length) {
      place += 1;
      source += escapePattern(pattern[place] ?? "");
    }
  }
  return source;
}
