import { matchingLengths, parseShellPattern } from "./match-shell-pattern.ts";

/** What a word is expanded with. */
export interface ExpandOptions {
  /** Values of variables; a name that is not there is unset. */
  readonly values: ReadonlyMap<string, string>;
  readonly escape: string;
  /** Called with what is wrong. */
  readonly refuse: (found: string, expected: string) => never;
}

interface Cursor extends ExpandOptions {
  readonly text: string;
  at: number;
  depth: number;
}

const maxPatternWork = 4_000_000;
const maxLength = 100_000;
const maxDepth = 50;

/**
 * Replaces `$name`, `${name}` and its modifiers (`:-` `-` `:+` `+` `:?` `?` `#` `##` `%` `%%` `/` `//`) and takes quotes
 * and escapes away, as BuildKit does in `FROM` and `ARG`. An unset variable is the empty text.
 *
 * @see https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expandWord(text: string, options: ExpandOptions): string {
  return readUntil({ ...options, text, at: 0, depth: 0 }, undefined, false);
}

function readUntil(cursor: Cursor, stop: string | undefined, keepEscapes: boolean): string {
  let result = "";
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at] ?? "";
    if (char === stop) {
      cursor.at += 1;
      return result;
    }
    if (char === "'") result += readSingleQuoted(cursor);
    else if (char === '"') result += readDoubleQuoted(cursor);
    else if (char === "$") result += readVariable(cursor);
    else {
      const isEscape = char === cursor.escape;
      if (!isEscape || keepEscapes) result += char;
      cursor.at += 1;
      if (isEscape) {
        result += cursor.text[cursor.at] ?? "";
        cursor.at += 1;
      }
    }
    if (result.length > maxLength) cursor.refuse("a text that grows without end", `at most ${maxLength} characters`);
  }
  if (stop !== undefined) cursor.refuse(shown(cursor), `a closing ${stop}`);
  return result;
}

function readSingleQuoted(cursor: Cursor): string {
  const end = cursor.text.indexOf("'", cursor.at + 1);
  if (end < 0) cursor.refuse(shown(cursor), "a closing single quote");
  const inside = cursor.text.slice(cursor.at + 1, end);
  cursor.at = end + 1;
  return inside;
}

function readDoubleQuoted(cursor: Cursor): string {
  let result = "";
  cursor.at += 1;
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at] ?? "";
    if (char === "$") {
      result += readVariable(cursor);
      continue;
    }
    cursor.at += 1;
    if (char === '"') return result;
    const next = cursor.text[cursor.at];
    if (char === cursor.escape && (next === '"' || next === "$" || next === cursor.escape)) {
      result += next;
      cursor.at += 1;
    } else result += char;
  }
  return cursor.refuse(shown(cursor), "a closing double quote");
}

function readVariable(cursor: Cursor): string {
  cursor.depth += 1;
  if (cursor.depth > maxDepth) cursor.refuse("variables within variables without end", `at most ${maxDepth}`);
  const value = readDollar(cursor);
  cursor.depth -= 1;
  return value;
}

function readDollar(cursor: Cursor): string {
  cursor.at += 1;
  if (cursor.text[cursor.at] !== "{") {
    const name = readName(cursor);
    return name === "" ? "$" : (cursor.values.get(name) ?? "");
  }
  cursor.at += 1;
  const name = readName(cursor);
  const first = cursor.text[cursor.at] ?? "";
  cursor.at += 1;
  if (name === "") cursor.refuse(shown(cursor), "a variable's name after ${");
  if (first === "}") return cursor.values.get(name) ?? "";
  if (first === "/") return replaceIn(cursor, name);
  const emptyIsUnset = first === ":";
  const modifier = emptyIsUnset ? (cursor.text[cursor.at] ?? "") : first;
  if (emptyIsUnset) cursor.at += 1;
  const isPattern = !emptyIsUnset && (modifier === "#" || modifier === "%");
  if (!isPattern && !["-", "+", "?"].includes(modifier))
    cursor.refuse(shown(cursor), "a closing } or one of the modifiers - + ? # % /");
  const word = readUntil(cursor, "}", isPattern);
  const value = cursor.values.get(name);
  const isMissing = value === undefined || (emptyIsUnset && value === "");
  if (modifier === "-") return isMissing ? word : (value ?? "");
  if (modifier === "+") return isMissing ? "" : word;
  if (modifier === "?" && isMissing) cursor.refuse(`no value of ${name}`, word === "" ? `a value of ${name}` : word);
  return isPattern ? trimPattern(cursor, { value: value ?? "", word, modifier }) : (value ?? "");
}

/** `#` and `%` take away the shortest match at the beginning or end, doubled the longest. */
function trimPattern(
  cursor: Cursor,
  trim: { readonly value: string; readonly word: string; readonly modifier: string },
): string {
  const isLongest = trim.word.startsWith(trim.modifier);
  const parts = parseShellPattern(isLongest ? trim.word.slice(1) : trim.word);
  const isPrefix = trim.modifier === "#";
  const chars = isPrefix ? [...trim.value] : [...trim.value].reverse();
  checkWork(cursor, parts.length * chars.length);
  const lengths = matchingLengths(isPrefix ? parts : [...parts].reverse(), chars);
  const taken = (isLongest ? lengths.at(-1) : lengths[0]) ?? 0;
  const left = chars.slice(taken);
  return (isPrefix ? left : left.reverse()).join("");
}

/** `/` replaces the first match, `//` all; the longest text from the leftmost place. */
function replaceIn(cursor: Cursor, name: string): string {
  const isAll = cursor.text[cursor.at] === "/";
  if (isAll) cursor.at += 1;
  const parts = parseShellPattern(readUntil(cursor, "/", true));
  const replacement = readUntil(cursor, "}", true);
  const chars = [...(cursor.values.get(name) ?? "")];
  checkWork(cursor, parts.length * chars.length * chars.length);
  let result = "";
  let at = 0;
  while (at <= chars.length) {
    const length = matchingLengths(parts, chars.slice(at)).at(-1);
    if (length === undefined) result += chars[at] ?? "";
    else {
      result += replacement;
      if (!isAll) return result + chars.slice(at + length).join("");
      if (length === 0) result += chars[at] ?? "";
    }
    at += Math.max(1, length ?? 1);
  }
  return result;
}

function checkWork(cursor: Cursor, work: number): void {
  if (work > maxPatternWork) cursor.refuse("a pattern and a value that are too long", "shorter ones");
}

function readName(cursor: Cursor): string {
  const [name = ""] =
    /^(?:[0-9]+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(cursor.text.slice(cursor.at, cursor.at + 200)) ?? [];
  cursor.at += name.length;
  return name;
}

function shown(cursor: Cursor): string {
  return cursor.text.length > 80 ? `${cursor.text.slice(0, 77)}...` : cursor.text;
}
