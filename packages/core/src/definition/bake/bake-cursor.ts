import { bakeProblem } from "./bake-problem.ts";

/** A text that is being read, and how far. */
export interface BakeCursor {
  readonly text: string;
  /** Where the text stands in the file, for errors. */
  readonly path: string;
  /** The next character. */
  at: number;
  /** How many parts within each other are open. */
  depth: number;
}

const maxDepth = 100;

/** Moves past space and line ends. */
export function skipBlanks(cursor: BakeCursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? "")) cursor.at += 1;
}

/** Whether the token stands next, after blanks; if so, moves past it. */
export function accept(cursor: BakeCursor, token: string): boolean {
  skipBlanks(cursor);
  if (!cursor.text.startsWith(token, cursor.at)) return false;
  cursor.at += token.length;
  return true;
}

/** Moves past the token, after blanks; throws the {@link problem} of what stands there instead. */
export function expect(cursor: BakeCursor, token: string): void {
  if (!accept(cursor, token)) throw problem(cursor, cursor.text.slice(cursor.at, cursor.at + 20) || "the end", token);
}

/** What the sticky pattern matches here, without blanks before it, and moves past it; empty text if nothing. */
export function take(cursor: BakeCursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const [found = ""] = pattern.exec(cursor.text) ?? [];
  cursor.at += found.length;
  return found;
}

/** Notes that one part within another begins; throws when too many do. Whoever calls it counts `depth` down again. */
export function deeper(cursor: BakeCursor): void {
  cursor.depth += 1;
  if (cursor.depth > maxDepth)
    throw problem(cursor, "an expression without end", `at most ${maxDepth} within each other`);
}

/** The error for what stands where something else was expected. */
export function problem(cursor: BakeCursor, found: string, expected: string): Error {
  return bakeProblem(cursor.path, found, expected);
}
