import { BayplanError, type Problem } from "@bayplan/core";
import { z } from "zod";
import { closestInput } from "./closest-input.ts";

/** What is read. */
export interface ReadInputsOptions {
  /** What the document is, for messages, for example `ECR lifecycle policy`. */
  readonly what: string;
}

/**
 * Checks a document.
 *
 * @throws BayplanError `INVALID_INPUT` with every problem; a key that is not known comes with the one that was meant.
 */
export function readInputs<Schema extends z.ZodType>(
  schema: Schema,
  document: unknown,
  { what }: ReadInputsOptions,
): z.output<Schema> {
  const result = schema.safeParse(document, { reportInput: true });
  if (result.success) return result.data;
  throw refuseInputs(
    what,
    result.error.issues.flatMap((issue) => problemsOf(issue, schema)),
  );
}

/** The refusal of a document. */
export function refuseInputs(what: string, problems: readonly Problem[]): BayplanError {
  const list = problems.map(({ path, found, expected }) => `${path === "" ? "" : `${path}: `}${found}; ${expected}`);
  return new BayplanError("INVALID_INPUT", `The ${what} is refused. ${list.join(". ")}.`, { problems });
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const closest = closestInput(key, known);
      const expected = closest === undefined ? `expected one of ${known.join(", ")}` : `did you mean "${closest}"?`;
      return { path: pathText([...issue.path, key]), found: "an unknown key", expected };
    });
  }
  return [{ path: pathText(issue.path), found: show(issue.input), expected: `expected ${expectationOf(issue)}` }];
}

function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return `a value of the kind ${issue.expected}`;
  if (issue.code === "invalid_value") return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  return issue.message.replace(/^Invalid (input|string): /, "");
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const part of path) {
    at = bare(at);
    if (at instanceof z.ZodObject) at = (at.shape as Readonly<Record<string, unknown>>)[String(part)];
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
  }
  at = bare(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function bare(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodNullable || at instanceof z.ZodExactOptional)
    at = at.unwrap();
  return at;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
