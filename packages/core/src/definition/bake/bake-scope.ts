import type { BakeBlocks } from "./bake-blocks.ts";
import { bakeProblem } from "./bake-problem.ts";
import { type BakeValue, isBakeList, whatItIs } from "./bake-value.ts";
import { evaluateJson } from "./evaluate-json.ts";
import { matrixRows, type OpenScope, targetName } from "./matrix-rows.ts";

const maxCalls = 50;

/**
 * The names that expressions of a document know. Variables and attributes are worked out when they are first named, so
 * their order does not matter; `given` wins over a variable's default, as the environment does for buildx.
 */
export function bakeScope(blocks: BakeBlocks, given: Readonly<Record<string, string>>): OpenScope {
  const known = new Map<string, BakeValue>([["BAKE_CMD_CONTEXT", given["BAKE_CMD_CONTEXT"] ?? "cwd://"]]);
  const open = new Set<string>();
  let calls = 0;

  const once = (name: string, path: string, evaluate: () => BakeValue): BakeValue => {
    const found = known.get(name);
    if (found !== undefined) return found;
    if (open.has(name)) throw bakeProblem(path, `${name}, which needs itself`, "values without a circle", "CYCLE");
    open.add(name);
    const value = evaluate();
    open.delete(name);
    known.set(name, value);
    return value;
  };
  const global = (name: string, path: string): BakeValue | undefined => {
    const variable = blocks.variables.findLast((block) => block.name === name);
    const hasAttribute = Object.hasOwn(blocks.attributes, name);
    if (name.startsWith("target.")) {
      return once(name, path, () => {
        const value = targetField(name, blocks, scope);
        if (value === undefined) throw bakeProblem(path, `the name ${name}`, "a field of a target of the file");
        return value;
      });
    }
    if (variable === undefined && !hasAttribute) return known.get(name);
    return once(name, path, () => {
      const own = hasAttribute ? blocks.attributes[name] : variable?.body["default"];
      const value = own === undefined ? undefined : evaluateJson(own, scope(name));
      const from = variable !== undefined && Object.hasOwn(given, name) ? given[name] : undefined;
      return from === undefined ? (value ?? (own === undefined ? "" : null)) : likeDefault(from, value, name);
    });
  };
  const scope: OpenScope = (path, local = {}) => ({
    path,
    value: (name) => (Object.hasOwn(local, name) ? local[name] : global(name, path)),
    call(name, args) {
      const block = blocks.functions.findLast((candidate) => candidate.name === name);
      if (block === undefined) return undefined;
      calls += 1;
      if (calls > maxCalls)
        throw bakeProblem(path, `${name}(), which calls itself`, `at most ${maxCalls} calls within each other`);
      const result = evaluateJson(
        block.body["result"] ?? null,
        scope(`function.${name}`, parameters(block.body, args)),
      );
      calls -= 1;
      return result;
    },
  });
  for (const { name, body } of blocks.functions) {
    if (body["result"] === undefined || !isBakeList(body["params"])) {
      throw bakeProblem(`function.${name}`, "no params or no result", "both");
    }
  }
  return scope;
}

function parameters(
  body: { readonly [key: string]: BakeValue },
  args: readonly BakeValue[],
): Record<string, BakeValue> {
  const names = isBakeList(body["params"]) ? body["params"].map(String) : [];
  return Object.fromEntries(names.map((name, index) => [name, args[index] ?? null]));
}

/** What the environment says is text: it becomes what the default is. */
function likeDefault(text: string, value: BakeValue | undefined, name: string): BakeValue {
  if (typeof value === "boolean" && /^(true|false|1|0)$/.test(text)) return text === "true" || text === "1";
  if (typeof value === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (value === undefined || value === null || typeof value === "string") return text;
  throw bakeProblem(`variable.${name}`, JSON.stringify(text), `what its default is: ${whatItIs(value)}`);
}

/** `target.NAME.FIELD` in an expression: what the last block that makes this target says of the field. */
function targetField(name: string, blocks: BakeBlocks, scope: OpenScope): BakeValue | undefined {
  const [, target = "", field = ""] = name.split(".");
  for (const block of blocks.targets.toReversed()) {
    const value = block.body[field];
    if (value === undefined || (block.body["matrix"] === undefined && block.name !== target)) continue;
    for (const row of matrixRows(block, scope)) {
      if (targetName(block, row, scope) === target) return evaluateJson(value, scope(name, row));
    }
  }
  return undefined;
}
