import { BayplanError } from "../errors.ts";

/** One compiled pattern of a filter. It has no state; the time grows with text times pattern, never faster. */
export interface FilterPattern {
  readonly source: string;
  /** Whether it began with `!`: what it matches is taken out again. */
  readonly isNegative: boolean;
  /** Whether the whole text is described. A `!` in front changes nothing about that. */
  test(text: string): boolean;
}

type Repeat = "once" | "optional" | "many";
type Token =
  | { readonly kind: "character"; readonly fits: (character: string) => boolean; readonly repeat: Repeat }
  | { readonly kind: "any-in-segment" }
  | { readonly kind: "any" }
  | { readonly kind: "any-folders" };

const maxLength = 1000;
const alphanumeric = /^[A-Za-z0-9]$/;

/**
 * Compiles one pattern of a branch, tag or path filter of GitHub: `*` is any text without `/`, `**` any text, `**` with
 * a slash behind it any number of folders, none included; `?` makes the character before it optional, `+` repeats it,
 * `[a-z0-9]` is one letter or digit of a list, `\` takes the next character as it is, and a leading `!` negates. What the
 * grammar leaves open (`+` with nothing before it, `a+?`, `[_]`) is refused, as different readers take it differently.
 *
 * @throws BayplanError `INVALID_INPUT` naming the place of the mistake.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function compileFilterPattern(source: string): FilterPattern {
  const isNegative = source.startsWith("!");
  const characters = [...(isNegative ? source.slice(1) : source)];
  if (characters.length === 0) throw invalid(source, "it is empty. Write a name or a pattern.");
  if (source.length > maxLength) throw invalid(source, `it is longer than ${maxLength} characters.`);
  const tokens = tokensOf(characters, { source, offset: isNegative ? 1 : 0 });
  return { source, isNegative, test: (text) => matches(tokens, text) };
}

function tokensOf(characters: readonly string[], at: { readonly source: string; readonly offset: number }): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const fail = (why: string): never => {
    throw invalid(at.source, `character ${position + at.offset + 1}: ${why}`);
  };
  while (position < characters.length) {
    const character = characters[position] ?? "";
    if (character === "*") {
      const isDouble = characters[position + 1] === "*";
      const beginsSegment = position === 0 || characters[position - 1] === "/";
      if (isDouble && beginsSegment && characters[position + 2] === "/") {
        tokens.push({ kind: "any-folders" });
        position += 3;
      } else {
        tokens.push({ kind: isDouble ? "any" : "any-in-segment" });
        position += isDouble ? 2 : 1;
      }
    } else if (character === "?" || character === "+") {
      const last = tokens.at(-1);
      if (last?.kind !== "character" || last.repeat !== "once") {
        return fail(
          `"${character}" needs one plain character before it. Write \\${character} for the character itself.`,
        );
      }
      tokens[tokens.length - 1] = { ...last, repeat: character === "?" ? "optional" : "many" };
      position += 1;
    } else if (character === "[") {
      const end = characters.indexOf("]", position);
      if (end < 0) return fail('"[" has no "]". Write \\[ for the character itself.');
      const fits = classOf(characters.slice(position + 1, end));
      if (typeof fits === "string") return fail(fits);
      tokens.push({ kind: "character", fits, repeat: "once" });
      position = end + 1;
    } else {
      const isEscape = character === "\\";
      const literal = isEscape ? characters[position + 1] : character;
      if (literal === undefined) return fail('"\\" at the end takes nothing. Write \\\\ for the character itself.');
      tokens.push({ kind: "character", fits: (given) => given === literal, repeat: "once" });
      position += isEscape ? 2 : 1;
    }
  }
  return tokens;
}

/** What a list in brackets accepts, or what is wrong with it. */
function classOf(members: readonly string[]): ((character: string) => boolean) | string {
  if (members.length === 0) return '"[]" lists nothing.';
  const ranges: (readonly [string, string])[] = [];
  for (let index = 0; index < members.length; index += 1) {
    const first = members[index] ?? "";
    const isRange = members[index + 1] === "-";
    const last = isRange ? (members[index + 2] ?? "") : first;
    if (!alphanumeric.test(first) || !alphanumeric.test(last)) {
      return "only letters, digits and ranges of them may stand in brackets.";
    }
    if (kindOf(first) !== kindOf(last) || first > last) {
      return `"${first}-${last}" is no range; a-z, A-Z, 0-9 and parts of them are.`;
    }
    ranges.push([first, last]);
    if (isRange) index += 2;
  }
  return (character) =>
    ranges.some(([first, last]) => character.length === 1 && first <= character && character <= last);
}

function kindOf(character: string): string {
  if (character >= "0" && character <= "9") return "digit";
  return character >= "a" ? "lower" : "upper";
}

/** A walk over all readings at once. Each token has two places: before it, and within it once it has taken something. */
function matches(tokens: readonly Token[], text: string): boolean {
  let places = new Set<number>();
  enter(tokens, 0, places);
  for (const character of text) {
    const next = new Set<number>();
    for (const place of places) advance(tokens, { place, character, next });
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(2 * tokens.length);
}

/** Adds the place before a token, and those behind it that can be reached without taking a character. */
function enter(tokens: readonly Token[], index: number, places: Set<number>): void {
  for (let at = index; ; at += 1) {
    places.add(2 * at);
    const token = tokens[at];
    if (token === undefined || (token.kind === "character" && token.repeat !== "optional")) return;
  }
}

function advance(
  tokens: readonly Token[],
  step: { readonly place: number; readonly character: string; readonly next: Set<number> },
): void {
  const { place, character, next } = step;
  const index = place >> 1;
  const token = tokens[index];
  if (token === undefined) return;
  if (token.kind === "any-folders") {
    next.add(2 * index + 1);
    if (place % 2 === 1 && character === "/") enter(tokens, index + 1, next);
  } else if (token.kind === "character") {
    if (!token.fits(character)) return;
    if (token.repeat === "many") next.add(2 * index + 1);
    enter(tokens, index + 1, next);
  } else if (token.kind === "any" || character !== "/") {
    enter(tokens, index, next);
  }
}

function invalid(source: string, why: string): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `The filter pattern ${JSON.stringify(source.slice(0, 100))} is not valid: ${why}`,
  );
}
