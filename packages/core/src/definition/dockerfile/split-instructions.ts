import { heredocsOf } from "./heredocs.ts";
import { splitFlags } from "./split-flags.ts";

/** One instruction of a Dockerfile, its continuation lines joined and its heredocs left out. */
export interface Instruction {
  /** Upper case, for example `FROM`. */
  readonly keyword: string;
  /** For example `--from=builder`, without quotes. */
  readonly flags: readonly string[];
  /** What follows the flags. */
  readonly rest: string;
  /** The line it starts on, from 1. */
  readonly line: number;
}

/** What a Dockerfile is made of. `refuse` is called with the first thing that is no Dockerfile. */
export interface SplitDockerfile {
  readonly escape: "\\" | "`";
  readonly instructions: readonly Instruction[];
}

/** Stops reading: says on which line, what was found and what would be right. */
export type Refuse = (line: number, found: string, expected: string) => never;

const directive = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/;
const directiveNames = new Set(["syntax", "escape", "check"]);

/**
 * Splits a Dockerfile into instructions as BuildKit does: parser directives before anything else, comments and empty
 * lines inside a continuation skipped, bodies of heredocs not read as instructions.
 *
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function splitInstructions(text: string, refuse: Refuse): SplitDockerfile {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => line.replace(/\r+$/, ""));
  const escapeWith = escapeDirective(lines, refuse);
  const instructions: Instruction[] = [];
  let at = 0;
  while (at < lines.length) {
    const start = at + 1;
    let [joined, goesOn] = withoutContinuation(withoutComment((lines[at] ?? "").trimStart()), escapeWith);
    at += 1;
    if (!goesOn && joined === "") continue;
    while (goesOn && at < lines.length) {
      const next = withoutComment(lines[at] ?? "");
      at += 1;
      if (next.trim() === "") continue;
      const [more, andOn] = withoutContinuation(next, escapeWith);
      joined += more;
      goesOn = andOn;
    }
    if (joined.trim() === "") continue;
    const instruction = { ...parseInstruction(joined, escapeWith), line: start };
    instructions.push(instruction);
    for (const heredoc of heredocsOf(instruction, joined)) {
      while (at < lines.length && bodyLine(lines[at] ?? "", heredoc.chomp) !== heredoc.name) at += 1;
      if (at === lines.length)
        refuse(start, "a heredoc that never ends", `a line with only ${heredoc.name.slice(0, 40)}`);
      at += 1;
    }
  }
  return { escape: escapeWith, instructions };
}

/** Directives stand before any comment, empty line or instruction; the first other line ends them. */
function escapeDirective(lines: readonly string[], refuse: Refuse): "\\" | "`" {
  const seen = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const [, name = "", value = ""] = directive.exec(line.trim()) ?? [];
    const key = name.toLowerCase();
    if (!directiveNames.has(key)) break;
    if (seen.has(key)) refuse(index + 1, `a second ${key} directive`, "at most one");
    if (key === "escape" && value !== "\\" && value !== "`")
      refuse(index + 1, `escape=${value.slice(0, 20)}`, "\\ or `");
    seen.set(key, value);
  }
  return seen.get("escape") === "`" ? "`" : "\\";
}

function withoutComment(line: string): string {
  return line.trimStart().startsWith("#") ? "" : line;
}

/** A line goes on when it ends with the escape character, itself not escaped; blanks may follow it. */
function withoutContinuation(line: string, escapeWith: string): [text: string, goesOn: boolean] {
  let end = line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end -= 1;
  const goesOn = line[end - 1] === escapeWith && line[end - 2] !== escapeWith;
  return goesOn ? [line.slice(0, end - 1), true] : [line, false];
}

function bodyLine(line: string, chomp: boolean): string {
  return chomp ? line.replace(/^\t+/, "") : line;
}

/** Also reads what follows `ONBUILD`, which is an instruction itself. */
export function parseInstruction(text: string, escapeWith: string): Omit<Instruction, "line"> {
  const trimmed = text.trim();
  const [keyword = ""] = /^\S+/.exec(trimmed) ?? [];
  return { keyword: keyword.toUpperCase(), ...splitFlags(trimmed.slice(keyword.length), escapeWith) };
}
