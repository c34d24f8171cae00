import { BayplanError } from "../errors.ts";

/** A declared format, compiled: the whole numbers of a version, without what may stand before and after them. */
export interface CalverFormat {
  /** Source of a regular expression with one capture group for each part. */
  readonly source: string;
  /** The tokens of the parts, in order. */
  readonly tokens: readonly string[];
  /** How many parts every version has; more are optional. */
  readonly required: number;
}

const digits: Readonly<Record<string, string>> = {
  YYYY: "\\d{4}",
  YY: "(?:0|[1-9]\\d{0,2})",
  "0Y": "\\d{2,3}",
  MM: "(?:1[0-2]|[1-9])",
  "0M": "(?:0[1-9]|1[0-2])",
  WW: "(?:[1-4]\\d|5[0-3]|[1-9])",
  "0W": "(?:0[1-9]|[1-4]\\d|5[0-3])",
  DD: "(?:[12]\\d|3[01]|[1-9])",
  "0D": "(?:0[1-9]|[12]\\d|3[01])",
};
const counters = ["MAJOR", "MINOR", "MICRO", "PATCH", "BUILD", "N"];
const unpadded: Readonly<Record<string, string>> = { "0Y": "YY", "0M": "MM", "0W": "WW", "0D": "DD" };
const token = /^(?:YYYY|YY|0Y|MM|0M|WW|0W|DD|0D|MAJOR|MINOR|MICRO|PATCH|BUILD|N)/;

/**
 * Compiles a format such as `YYYY.0M.0D`, `YY.MM[.MICRO]` or `YYYY-0M-0D.N`: the tokens of calver.org, `N`, `BUILD` and
 * `PATCH` for counters, separators as they are, and one optional end in brackets.
 *
 * @param options.padding - `any` accepts `2024.1` and `2024.01` alike. Default `declared`.
 * @throws BayplanError `INVALID_INPUT` for a format that cannot be read, or that names no year.
 * @see https://calver.org/#scheme
 */
export function compileCalverFormat(
  format: string,
  options: { readonly padding?: "declared" | "any" } = {},
): CalverFormat {
  const [, head = "", optional = ""] = /^([^[\]]{1,64})(?:\[([^[\]]{1,32})\])?$/.exec(format) ?? [];
  const [required, rest] = [readPart(head, options), readPart(optional, options)];
  if (head === "" || required === undefined || rest === undefined) throw refused(format, "cannot be read");
  const tokens = [...required.tokens, ...rest.tokens];
  if (!tokens.some((name) => /Y/.test(name))) throw refused(format, "names no year");
  const end = optional === "" ? "" : `(?:${rest.source})?`;
  return { source: `${required.source}${end}`, tokens, required: required.tokens.length };
}

type Part = Pick<CalverFormat, "source" | "tokens">;

function readPart(format: string, options: { readonly padding?: "declared" | "any" }): Part | undefined {
  const tokens: string[] = [];
  let source = "";
  let rest = format;
  while (rest !== "") {
    const [name] = token.exec(rest) ?? [];
    if (name === undefined && !/^[-._]/.test(rest)) return undefined;
    source += name === undefined ? `\\${rest.slice(0, 1)}`.replace("\\_", "_") : `(${sourceOf(name, options.padding)})`;
    if (name !== undefined) tokens.push(name);
    rest = rest.slice(name?.length ?? 1);
  }
  return { source, tokens };
}

function sourceOf(name: string, padding: "declared" | "any" | undefined): string {
  if (counters.includes(name)) return "(?:0|[1-9]\\d{0,17})";
  const declared = digits[name] ?? "";
  if (padding !== "any") return declared;
  const short = unpadded[name] ?? name;
  const padded = Object.entries(unpadded).find(([, value]) => value === short)?.[0];
  return padded === undefined ? declared : `(?:${digits[padded]}|${digits[short]})`;
}

function refused(format: string, problem: string): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `The calendar format ${JSON.stringify(format.slice(0, 80))} ${problem}. Write tokens of calver.org with separators, for example YYYY.0M.0D or YY.MM[.MICRO]; the end may be optional in brackets.`,
  );
}
