import { RE2JS, RE2JSSyntaxException } from "re2js";
import { BayplanError } from "../errors.ts";
import { expandTemplate } from "./expand-template.ts";

/** What one match found. */
export interface PatternMatch {
  /** The whole match. */
  readonly text: string;
  /** Where it begins, in UTF-16 units. */
  readonly index: number;
  /** Capture groups in the order of the pattern, `captures[0]` is `text`; `undefined` where a group took no part. */
  readonly captures: readonly (string | undefined)[];
  /** The named groups, `(?P<name>...)` or `(?<name>...)`; `undefined` where a group took no part. */
  readonly groups: Readonly<Record<string, string | undefined>>;
}

/** A compiled pattern. It has no state: the same call gives the same answer. Time is linear in the length of the text. */
export interface Pattern {
  readonly source: string;
  /** The names of the groups, in the order of the pattern. */
  readonly groupNames: readonly string[];
  test(text: string): boolean;
  /** The first match. */
  exec(text: string): PatternMatch | undefined;
  /** The template filled from the first match; `undefined` without one. The notation is that of {@link Pattern.replace}. */
  expand(text: string, template: string): string | undefined;
  /**
   * The text with every match replaced. In the template `$1`, `$name` and `${name}` stand for groups and `$$` for `$`;
   * a name reaches as far as letters, digits and `_` do (`$1x` is the group `1x`); an absent group is empty.
   */
  replace(text: string, template: string): string;
}

/** How a pattern is compiled. */
export interface PatternOptions {
  /** Whether the pattern must describe the whole text, and not only a part of it. Default false. */
  readonly anchored?: boolean;
  /** What the pattern is, for messages, for example `filterTags.pattern`. Default `pattern`. */
  readonly label?: string;
}

const maxSourceLength = 1000;
// Repeats multiply: `(x{30}){30}` is short to write. This still runs over a tag of 128 characters in milliseconds.
const maxProgramSize = 10_000;

/**
 * Compiles a pattern that somebody else wrote. RE2 syntax: no lookaround and no backreferences, so no pattern can take
 * more than linear time. At most 1000 characters.
 *
 * @throws BayplanError `INVALID_INPUT` when it is too long, too large or not RE2, with the place where that is known.
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function compilePattern(source: string, options: PatternOptions = {}): Pattern {
  const { anchored = false, label = "pattern" } = options;
  const compiled = compile(source, label);
  const groupNames = namesInOrder(compiled);
  const exec = (text: string): PatternMatch | undefined => {
    const matcher = compiled.matcher(text);
    if (!(anchored ? matcher.matches() : matcher.find())) return undefined;
    const count = compiled.groupCount() + 1;
    const captures = Array.from({ length: count }, (_, group) => matcher.group(group) ?? undefined);
    return matchOf(captures, { index: matcher.start(), compiled });
  };
  return {
    source,
    groupNames,
    test: (text) => (anchored ? compiled.testExact(text) : compiled.test(text)),
    exec,
    expand(text, template) {
      const match = exec(text);
      return match === undefined ? undefined : expandTemplate(template, match);
    },
    replace(text, template) {
      const whole = anchored ? exec(text) : undefined;
      const matches = anchored ? (whole === undefined ? [] : [whole]) : allMatches(compiled, text);
      let replaced = "";
      let end = 0;
      for (const match of matches) {
        replaced += text.slice(end, match.index) + expandTemplate(template, match);
        end = match.index + match.text.length;
      }
      return replaced + text.slice(end);
    },
  };
}

function compile(source: string, label: string): RE2JS {
  if (source.length > maxSourceLength) {
    throw new BayplanError(
      "INVALID_INPUT",
      `The ${label} is ${source.length} characters long; at most ${maxSourceLength} are accepted. Shorten it.`,
    );
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    throw notCompiled(source, label, error);
  }
  if (compiled.programSize() > maxProgramSize) {
    throw new BayplanError(
      "INVALID_INPUT",
      `The ${label} ${JSON.stringify(source)} becomes too large when its repetitions are written out. Use smaller counts.`,
    );
  }
  return compiled;
}

function notCompiled(source: string, label: string, error: unknown): BayplanError {
  const fragment = error instanceof RE2JSSyntaxException ? error.input : null;
  const why = error instanceof RE2JSSyntaxException ? error.error : "it cannot be compiled";
  const position = fragment === null || fragment === "" ? -1 : source.indexOf(fragment);
  // The engine names the part, not its place: the same text twice would point at the wrong one.
  const isPlaceKnown = position >= 0 && source.indexOf(fragment ?? "", position + 1) < 0;
  const where = isPlaceKnown ? ` at character ${position + 1}` : "";
  const part = fragment === null || fragment === "" ? "" : ` (${JSON.stringify(fragment)})`;
  return new BayplanError(
    "INVALID_INPUT",
    `The ${label} ${JSON.stringify(source)} is not a regular expression that RE2 accepts: ${why}${where}${part}. Lookaround and backreferences do not exist there.`,
    { cause: error },
  );
}

function namesInOrder(compiled: RE2JS): readonly string[] {
  const entries = Object.entries(compiled.namedGroups());
  return entries.sort((left, right) => left[1] - right[1]).map(([name]) => name);
}

function matchOf(
  captures: readonly (string | undefined)[],
  found: { readonly index: number; readonly compiled: RE2JS },
): PatternMatch {
  const named = Object.entries(found.compiled.namedGroups());
  const groups = Object.fromEntries(named.map(([name, group]) => [name, captures[group]]));
  return { text: captures[0] ?? "", index: found.index, captures, groups };
}

function* allMatches(compiled: RE2JS, text: string): Generator<PatternMatch> {
  let end = -1;
  for (const found of compiled.matchAll(text)) {
    const match = matchOf([...found], { index: found.index ?? 0, compiled });
    // As in Go, an empty match right behind a match is none.
    if (match.text === "" && match.index === end) continue;
    end = match.index + match.text.length;
    yield match;
  }
}
