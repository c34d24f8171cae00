import { bakeProblem } from "./bake-problem.ts";
import { type BakeValue, bakeText, isBakeList, isBakeObject, whatItIs } from "./bake-value.ts";

/** A target as one block says it, before inheritance. What is absent is not said. */
export interface BakeTargetFields {
  readonly inherits: readonly string[];
  readonly maps: Readonly<Partial<Record<MapField, Readonly<Record<string, string>>>>>;
  readonly lists: Readonly<Partial<Record<ListField, readonly string[]>>>;
  readonly texts: Readonly<Partial<Record<TextField, string>>>;
  /** Fields that say nothing of the graph, as they stand. */
  readonly others: Readonly<Record<string, BakeValue>>;
}

/** Fields that hold texts by name: merged name by name. */
export type MapField = "args" | "contexts" | "labels" | "extra-hosts";
/** Fields that hold lists of texts. */
export type ListField =
  | "annotations"
  | "tags"
  | "platforms"
  | "output"
  | "no-cache-filter"
  | "ulimits"
  | "entitlements";
/** Fields that hold one text. */
export type TextField =
  | ("context" | "description" | "dockerfile" | "dockerfile-inline" | "target")
  | ("network" | "shm-size" | "call" | "pull" | "no-cache");

const mapFields: readonly MapField[] = ["args", "contexts", "labels", "extra-hosts"];
const listFields: readonly ListField[] = [
  ...(["annotations", "tags", "platforms", "output"] as const),
  ...(["no-cache-filter", "ulimits", "entitlements"] as const),
];
const textFields: readonly TextField[] = [
  ...(["context", "description", "dockerfile", "dockerfile-inline", "target"] as const),
  ...(["network", "shm-size", "call", "pull", "no-cache"] as const),
];
const otherFields = ["attest", "cache-from", "cache-to", "secret", "ssh", "policy"];
const known: ReadonlySet<string> = new Set([
  ...[...mapFields, ...listFields, ...textFields, ...otherFields],
  ...["inherits", "name", "matrix"],
]);

/** Reads the evaluated body of a target. */
export function readTarget(name: string, body: { readonly [key: string]: BakeValue }): BakeTargetFields {
  const path = (field: string) => `target.${name}.${field}`;
  const unknown = Object.keys(body).find((key) => !known.has(key));
  if (unknown !== undefined) throw bakeProblem(path(unknown), "an unknown field", `one of ${[...known].join(", ")}`);
  const present = <Field extends string, Value>(
    fields: readonly Field[],
    read: (field: Field, value: BakeValue) => Value,
  ) =>
    Object.fromEntries(
      fields.flatMap((field) => {
        const value = body[field];
        return value === undefined || value === null ? [] : [[field, read(field, value)]];
      }),
    ) as Partial<Record<Field, Value>>;
  return {
    inherits: body["inherits"] === undefined ? [] : texts(body["inherits"], path("inherits")),
    maps: present(mapFields, (field, value) => textsByName(value, path(field))),
    lists: present(listFields, (field, value) =>
      field === "output" ? outputs(value, path(field)) : texts(value, path(field)),
    ),
    texts: present(textFields, (field, value) => bakeText(value, path(field))),
    others: Object.fromEntries(
      otherFields.flatMap((field) => (body[field] == null ? [] : [[field, body[field] ?? null]])),
    ),
  };
}

function texts(value: BakeValue, path: string): readonly string[] {
  if (!isBakeList(value)) throw bakeProblem(path, whatItIs(value), "a list of texts");
  return value.map((item) => bakeText(item, path));
}

/** A name with `null` is not said at all. */
function textsByName(value: BakeValue, path: string): Readonly<Record<string, string>> {
  if (!isBakeObject(value)) throw bakeProblem(path, whatItIs(value), "texts by name");
  const said = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(said.map(([name, item]) => [name, bakeText(item, `${path}.${name}`)]));
}

function outputs(value: BakeValue, path: string): readonly string[] {
  if (!isBakeList(value)) throw bakeProblem(path, whatItIs(value), "a list of outputs");
  return value.map((item) => {
    if (!isBakeObject(item)) return formatOutput(bakeText(item, path));
    return formatFields(Object.entries(item).map(([key, member]) => [key, bakeText(member, path)] as const));
  });
}

/** One spelling per output: `type`, `dest`, then the rest by name. A text without `=` is a folder, `-` a tar on stdout. */
export function formatOutput(text: string): string {
  if (text === "-") return "type=tar,dest=-";
  if (!text.includes("=")) return `type=local,dest=${text}`;
  const fields = text.split(",").map((field): readonly [string, string] => {
    const equals = field.indexOf("=");
    return equals < 0 ? [field, ""] : [field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1)];
  });
  return formatFields(fields);
}

function formatFields(fields: readonly (readonly [string, string])[]): string {
  const rank = (key: string) => ["type", "dest"].indexOf(key) + 1 || 3;
  const sorted = [...fields].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return sorted.map(([key, value]) => `${key}=${value}`).join(",");
}

/** A later target over an earlier one, field by field, as bake merges and inherits. */
export function mergeTargets(earlier: BakeTargetFields, later: BakeTargetFields): BakeTargetFields {
  const joined = (["annotations", "no-cache-filter", "ulimits", "entitlements"] as const).flatMap((field) => {
    const both = [...(earlier.lists[field] ?? []), ...(later.lists[field] ?? [])];
    return both.length === 0 ? [] : [[field, both] as const];
  });
  const maps = mapFields.flatMap((field) => {
    const merged = { ...earlier.maps[field], ...later.maps[field] };
    return Object.keys(merged).length === 0 ? [] : [[field, merged] as const];
  });
  return {
    inherits: [...earlier.inherits, ...later.inherits],
    maps: Object.fromEntries(maps),
    lists: { ...earlier.lists, ...later.lists, ...Object.fromEntries(joined) },
    texts: { ...earlier.texts, ...later.texts },
    others: mergeOthers(earlier.others, later.others),
  };
}

/** Where a cache goes is replaced; every other list grows. */
function mergeOthers(
  earlier: BakeTargetFields["others"],
  later: BakeTargetFields["others"],
): BakeTargetFields["others"] {
  const merged = Object.entries(later).map(([field, value]) => {
    const before = earlier[field];
    const grows = field !== "cache-to" && isBakeList(before) && isBakeList(value);
    return [field, grows ? [...before, ...value] : value] as const;
  });
  return { ...earlier, ...Object.fromEntries(merged) };
}

/** A target of which nothing is said. */
export const emptyTarget: BakeTargetFields = { inherits: [], maps: {}, lists: {}, texts: {}, others: {} };
