import { compilePattern, isBayplanError } from "@bayplan/core";
import type { TextTest } from "./js-pattern.ts";
import { escapePattern } from "./tag-pattern-text.ts";

/**
 * A pattern as the Go package doublestar reads it: `*` and `?` stay within a path part, `**` as a whole part is any parts,
 * none included; `[a-z]`, `[^a]` or `[!a]`, `{one,other}`, and `\` before a letter that means itself. It describes the
 * whole text.
 *
 * @returns `undefined` for a pattern that is none.
 * @see https://github.com/bmatcuk/doublestar#patterns
 */
export function doublestarTest(pattern: string): TextTest | undefined {
  const source = doublestarSource(pattern);
  if (source === undefined) return undefined;
  try {
    const compiled = compilePattern(source, { anchored: true });
    return (text) => compiled.exec(text) !== undefined;
  } catch (error) {
    if (isBayplanError(error)) return undefined;
    throw error;
  }
}

/** The same as RE2 source; `undefined` for brackets and braces that do not close. */
export function doublestarSource(pattern: string): string | undefined {
  let source = "";
  let depth = 0;
  let place = 0;
  while (place < pattern.length) {
    const letter = pattern[place] ?? "";
    const parts = anyParts(pattern, place);
    if (parts !== undefined) {
      source += parts.source;
      place += parts.length;
      continue;
    }
    if (letter === "[") {
      const set = letterSet(pattern, place);
      if (set === undefined) return undefined;
      source += set.source;
      place += set.length;
      continue;
    }
    place += 1;
    if (letter === "*") source += "[^/]*";
    else if (letter === "?") source += "[^/]";
    else if (letter === "{") {
      source += "(?:";
      depth += 1;
    } else if (letter === "}" && depth > 0) {
      source += ")";
      depth -= 1;
    } else if (letter === "," && depth > 0) source += "|";
    else if (letter === "\\") {
      if (place === pattern.length) return undefined;
      source += escapePattern(pattern[place] ?? "");
      place += 1;
    } else source += escapePattern(letter);
  }
  return depth === 0 ? source : undefined;
}

interface Piece {
  readonly source: string;
  readonly length: number;
}

/** `**` where it is a whole part, with the slashes that it makes optional. */
function anyParts(pattern: string, place: number): Piece | undefined {
  const rest = pattern.slice(place);
  const isStart = place === 0 || pattern[place - 1] === "/";
  if (isStart && rest === "**") return { source: ".*", length: 2 };
  if (isStart && rest.startsWith("**/")) return { source: "(?:.*/)?", length: 3 };
  if (rest === "/**") return { source: "(?:/.*)?", length: 3 };
  return undefined;
}

function letterSet(pattern: string, place: number): Piece | undefined {
  let at = place + 1;
  let source = "[";
  if (pattern[at] === "^" || pattern[at] === "!") {
    source += "^";
    at += 1;
  }
  const start = at;
  while (at < pattern.length && (pattern[at] !== "]" || at === start)) {
    const letter = pattern[at] ?? "";
    at += 1;
    if (letter === "\\") {
      source += escapeInSet(pattern[at] ?? "");
      at += 1;
    } else source += letter === "-" ? "-" : escapeInSet(letter);
  }
  return at < pattern.length ? { source: `${source}]`, length: at + 1 - place } : undefined;
}

function escapeInSet(letter: string): string {
  return /[\\\][^-]/.test(letter) ? `\\${letter}` : letter;
}
