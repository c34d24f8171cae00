import type { Problem } from "../errors.ts";
import { closestName } from "./closest-name.ts";

type Members = Readonly<Record<string, unknown>>;

// Deeper than any definition: what lies below is taken as it is.
const maxDepth = 50;
const maxDocuments = 1000;

/**
 * One document out of several, each over the ones before it: objects are merged key by key; texts, numbers and lists take
 * the place of what was there, lists as a whole; `null` takes a key away. What comes out is not checked yet: give it to
 * `parseDefinition`.
 */
export function composeDefinitions(documents: readonly unknown[]): unknown {
  return documents.reduce<unknown>((below, above) => (below === undefined ? above : merge(below, above, 0)), undefined);
}

/**
 * A document with everything it `extends`, the nearest said last; names that nobody gave and documents that extend each
 * other become problems.
 */
export function extendDocument(data: unknown, documents: Members, problems: Problem[]): unknown {
  const done = new Map<string, unknown>();
  return extend(data, { documents, problems, done, path: [] });
}

interface Extending {
  readonly documents: Members;
  readonly problems: Problem[];
  readonly done: Map<string, unknown>;
  /** The documents that led here. */
  readonly path: readonly string[];
}

function extend(data: unknown, context: Extending): unknown {
  if (!isMembers(data) || data["extends"] === undefined) return data;
  const { extends: named, ...own } = data;
  const names = namesOf(named);
  const at = context.path.map((name) => `${name}: `).join("");
  if (names === undefined) {
    const expected = "a name or a list of names";
    context.problems.push({ path: `${at}extends`, found: "something that is no name", expected });
    return own;
  }
  const below = names.map((name, index) => {
    const path = Array.isArray(named) ? `${at}extends[${index}]` : `${at}extends`;
    return documentOf(name, path, context);
  });
  return composeDefinitions([...below.filter((document) => document !== undefined), own]);
}

function documentOf(name: string, path: string, context: Extending): unknown {
  const { documents, problems, done } = context;
  if (done.has(name)) return done.get(name);
  if (context.path.includes(name)) {
    const found = [...context.path.slice(context.path.indexOf(name)), name].join(" -> ");
    problems.push({ path, found, expected: "no document that extends itself" });
    return undefined;
  }
  if (!Object.hasOwn(documents, name) || done.size >= maxDocuments) {
    const known = Object.keys(documents);
    const closest = closestName(name, known);
    const expected =
      closest === undefined
        ? `one of ${known.join(", ") || "no documents: none were given"}`
        : `did you mean "${closest}"?`;
    problems.push({ path, found: JSON.stringify(name.slice(0, 80)), expected });
    return undefined;
  }
  const extended = extend(documents[name], { ...context, path: [...context.path, name] });
  done.set(name, extended);
  return extended;
}

function namesOf(value: unknown): readonly string[] | undefined {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  return names.every((name): name is string => typeof name === "string") ? names : undefined;
}

function merge(below: unknown, above: unknown, depth: number): unknown {
  if (!isMembers(below) || !isMembers(above) || depth > maxDepth) return above;
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    if (value === null) merged.delete(key);
    else if (value !== undefined) merged.set(key, merged.has(key) ? merge(merged.get(key), value, depth + 1) : value);
  }
  // By entries: a key such as `__proto__` stays a key, for the check to refuse.
  return Object.fromEntries(merged);
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
