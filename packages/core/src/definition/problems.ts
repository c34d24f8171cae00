import type { z } from "zod";
import type { Problem } from "../errors.ts";
import { closestName } from "./closest-name.ts";
import { documentKeys } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/**
 * All problems of a document: the path in it, the value that stands there, and what was expected.
 *
 * @param place - Where in a definition the document would stand, to suggest keys. Default: it is the definition.
 */
export function problemsOf(error: z.ZodError, document: unknown, place?: string): readonly Problem[] {
  const within = place === undefined ? document : { [place]: document };
  const parent = place === undefined ? [] : [place];
  return error.issues.flatMap((issue) => problemsOfIssue(issue, within, parent));
}

function problemsOfIssue(issue: Issue, document: unknown, parent: readonly PropertyKey[]): readonly Problem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      found: "an unknown key",
      expected: suggestKey(key, knownKeys(path)),
    }));
  }
  if (issue.code === "invalid_union") {
    // The branch that got furthest says what the user meant to write.
    const [closest] = [...issue.errors].sort((left, right) => depth(right) - depth(left) || left.length - right.length);
    if (closest !== undefined && depth(closest) > 0)
      return closest.flatMap((nested) => problemsOfIssue(nested, document, path));
    return [{ path: pathText(path), found: show(valueAt(document, path)), expected: "one of the documented forms" }];
  }
  if (issue.code === "invalid_key") {
    return [
      {
        path: pathText(path),
        found: "a name that is not allowed",
        expected: issue.issues[0]?.message ?? "another name",
      },
    ];
  }
  return [{ path: pathText(path), found: show(valueAt(document, path)), expected: expectation(issue) }];
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === "unrecognized_keys" ? 1 : 0)));
}

function expectation(issue: Issue): string {
  if (issue.code === "invalid_type")
    return issue.expected === "record" ? "an object" : `${article(issue.expected)} ${issue.expected}`;
  if (issue.code === "invalid_value") return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  return issue.message.replace(/^Invalid (input|string): /, "");
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? "an" : "a";
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  // `tags[0]` or `images.NAME.tags[0]`; an image may itself be called "tags".
  const inside = typeof path.at(-1) === "number" && path.at(-2) === "tags" ? "tags" : String(path[0] ?? "");
  return documentKeys[inside] ?? [];
}

function suggestKey(key: string, known: readonly string[]): string {
  const closest = closestName(key, known);
  return closest === undefined ? `one of ${known.join(", ")}` : `did you mean "${closest}"?`;
}

/** `images.numpy-tsan.base`, `tags[1].alias`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    document,
  );
}

/** A value as a person would point at it: short, and nothing of what lies inside an object. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
