import { bakeProblem } from "./bake-problem.ts";
import { type BakeValue, isBakeList, isBakeObject, whatItIs } from "./bake-value.ts";

/** One `target`, `group`, `variable` or `function` of a document. Names may repeat. */
export interface BakeBlock {
  readonly name: string;
  readonly body: { readonly [key: string]: BakeValue };
}

/** A bake document taken apart: its blocks, and everything else, which are attributes that expressions may name. */
export interface BakeBlocks {
  readonly groups: readonly BakeBlock[];
  readonly targets: readonly BakeBlock[];
  readonly variables: readonly BakeBlock[];
  readonly functions: readonly BakeBlock[];
  readonly attributes: { readonly [key: string]: BakeValue };
}

const blockTypes = new Set(["group", "target", "variable", "function"]);
const maxCharacters = 5_000_000;
const maxDepth = 100;
const maxValues = 1_000_000;

/** Takes a document apart, from its text or as data. Lists where one object would do are allowed, as in HCL's JSON. */
export function bakeBlocks(document: unknown): BakeBlocks {
  const root = typeof document === "string" ? parseJson(document) : document;
  checkSize(root, 0, { values: 0 });
  if (!isBakeObject(root)) throw bakeProblem("", whatItIs(root), "an object with target, group and variable");
  return {
    groups: blocksOf(root, "group"),
    targets: blocksOf(root, "target"),
    variables: blocksOf(root, "variable"),
    functions: blocksOf(root, "function"),
    attributes: Object.fromEntries(Object.entries(root).filter(([key]) => !blockTypes.has(key))),
  };
}

function parseJson(text: string): unknown {
  if (text.length > maxCharacters)
    throw bakeProblem("", "a file that is too long", `at most ${maxCharacters} characters`);
  try {
    return JSON.parse(text);
  } catch {
    throw bakeProblem("", "no JSON", "a JSON document; print an HCL file with docker buildx bake --print first");
  }
}

/** What comes as data need not come from JSON, and expressions walk it. */
function checkSize(value: unknown, depth: number, seen: { values: number }): void {
  seen.values += 1;
  if (depth > maxDepth || seen.values > maxValues) {
    throw bakeProblem("", "too many values", `at most ${maxValues}, and ${maxDepth} within each other`);
  }
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) checkSize(member, depth + 1, seen);
}

function blocksOf(root: { readonly [key: string]: BakeValue }, type: string): readonly BakeBlock[] {
  return asList(root[type]).flatMap((named) => {
    if (!isBakeObject(named)) throw bakeProblem(type, whatItIs(named), "an object of names");
    return Object.entries(named).flatMap(([name, bodies]) =>
      asList(bodies).map((body) => {
        if (!isBakeObject(body)) throw bakeProblem(`${type}.${name}`, whatItIs(body), "an object");
        return { name, body };
      }),
    );
  });
}

function asList(value: BakeValue | undefined): readonly BakeValue[] {
  if (value === undefined) return [];
  return isBakeList(value) ? value : [value];
}
