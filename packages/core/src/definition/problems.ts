import type { z } from "zod";
import type { Problem } from "../errors.ts";
import { closestName } from "./closest-name.ts";
import { documentKeys } from "./schema.ts";

type Issue = z.core.$ZodIssue;

// A document that is another one altogether: the first few say enough.
const maxSuggestions = 100;

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
    const known = knownKeys(path);
    return issue.keys.map((key, index) => ({
      path: pathText([...path, key.slice(0, 200)]),
      found: "an unknown key",
      expected: index < maxSuggestions ? suggestKey(key, known) : "a documented key",
    }));
  }
  if (issue.code === "invalid_union") {
    // The branch that got furthest says what the user meant to write.
    const [closest] = [...issue.errors].sort((left, right) => depth(right) - depth(left) || left.length - right.length);
    if (closest !== undefined && depth(closest) > 0)
      return closest.flatMap((nested) => problemsOfIssue(nested, document, path));
    const value = valueAt(document, path);
    const expected =
      typeof value === "number" ? "a text in quotes, or another documented form" : "one of the documented forms";
    return [{ path: pathText(path), found: show(value), expected }];
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
  const found = valueAt(document, path);
  return [{ path: pathText(path), found: show(found), expected: expectation(issue, found) }];
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(depthOfIssue));
}

function depthOfIssue(issue: Issue): number {
  const inside = issue.code === "invalid_union" ? Math.max(0, ...issue.errors.map(depth)) : 0;
  return issue.path.length + inside + (issue.code === "unrecognized_keys" ? 1 : 0);
}

function expectation(issue: Issue, found: unknown): string {
  if (issue.code === "invalid_type") {
    if (issue.expected === "record") return "an object";
    // YAML reads 3.14 as a number, and 3.10 as 3.1.
    const quotes = issue.expected === "string" && typeof found === "number" ? ", in quotes" : "";
    return `${article(issue.expected)} ${issue.expected}${quotes}`;
  }
  if (issue.code === "invalid_value") {
    const known = issue.values.filter((value) => typeof value === "string");
    const closest = typeof found === "string" ? closestName(found.slice(0, 200), known) : undefined;
    const meant = closest === undefined ? "" : `; did you mean "${closest}"?`;
    return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}${meant}`;
  }
  return issue.message.replace(/^Invalid (input|string): /, "");
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? "an" : "a";
}

const sections = ["tags", "matrix", "exclude", "base", "release", "test", "scheme", "defaults"];

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  // `images.NAME.tags[0]` is inside `tags`, an image that is itself called so is not.
  const [top = ""] = path;
  const named = top === "images" || top === "companions" ? 2 : 0;
  const inside = path.slice(named).findLast((part) => typeof part === "string" && sections.includes(part));
  return documentKeys[String(inside ?? top)] ?? [];
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
