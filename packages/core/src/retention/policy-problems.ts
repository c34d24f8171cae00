import type { z } from "zod";
import type { Problem } from "../errors.ts";

type Issue = z.core.$ZodIssue;

/** Every problem of a policy's shape: where, and what was expected. */
export function policyProblems(error: z.ZodError, document: unknown): readonly Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, { document, parent: [] }));
}

/** `rules[0].match[1].pattern`. */
export function policyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

function problemsOfIssue(
  issue: Issue,
  at: { readonly document: unknown; readonly parent: readonly PropertyKey[] },
): readonly Problem[] {
  const path = [...at.parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: policyPath([...path, key]),
      found: "an unknown key",
      expected: "a documented key",
    }));
  }
  if (issue.code === "invalid_union") {
    // The form that was got furthest into is the one that was meant.
    const branches = [...issue.errors].sort((left, right) => depth(right) - depth(left) || left.length - right.length);
    const [closest] = branches;
    if (closest !== undefined && depth(closest) > 0) {
      const nested = closest.flatMap((one) => problemsOfIssue(one, { document: at.document, parent: path }));
      // Beside a key that is no form's, what this form lacks is only a guess.
      const isGuess = closest.some(({ code }) => code === "unrecognized_keys");
      return isGuess ? nested.filter(({ found }) => found !== "nothing") : nested;
    }
    const said = branches.flat().find(({ code }) => code === "custom")?.message;
    const isPlain = typeof valueAt(at.document, path) === "string" && said !== undefined;
    return [{ path: policyPath(path), found: shown(at.document, path), expected: isPlain ? said : issue.message }];
  }
  return [{ path: policyPath(path), found: shown(at.document, path), expected: expectation(issue) }];
}

function expectation(issue: Issue): string {
  if (issue.code === "invalid_value")
    return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ") || "the documented values"}`;
  return issue.message.replace(/^Invalid input: /, "");
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(({ path, code }) => path.length + (code === "unrecognized_keys" ? 1 : 0)));
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    return typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined;
  }, document);
}

/** What stands there, short, and nothing of what lies inside an object. */
function shown(document: unknown, path: readonly PropertyKey[]): string {
  const value = valueAt(document, path);
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
