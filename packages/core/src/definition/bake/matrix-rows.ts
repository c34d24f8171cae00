import type { BakeBlock } from "./bake-blocks.ts";
import type { BakeScope } from "./bake-expression.ts";
import { bakeProblem } from "./bake-problem.ts";
import { type BakeValue, bakeText, isBakeList, isBakeObject, whatItIs } from "./bake-value.ts";
import { evaluateJson } from "./evaluate-json.ts";

/** Makes the scope for one place of a document; `local` are the values of a matrix or a function's parameters. */
export type OpenScope = (path: string, local?: Readonly<Record<string, BakeValue>>) => BakeScope;

/** How many targets a document may have. */
export const maxTargets = 10_000;

/** What a target of a matrix is called. */
export function targetName(block: BakeBlock, local: Readonly<Record<string, BakeValue>>, scope: OpenScope): string {
  const { name, matrix } = block.body;
  if (name === undefined) return block.name;
  const path = `target.${block.name}.name`;
  if (matrix === undefined) throw bakeProblem(path, "a name without a matrix", "no name, or a matrix beside it");
  return bakeText(evaluateJson(name, scope(path, local)), path);
}

/** All combinations of a matrix, its first key slowest; one without values where there is no matrix. */
export function matrixRows(block: BakeBlock, scope: OpenScope): readonly Readonly<Record<string, BakeValue>>[] {
  const { matrix } = block.body;
  if (matrix === undefined) return [{}];
  const path = `target.${block.name}.matrix`;
  const axes = evaluateJson(matrix, scope(path));
  if (!isBakeObject(axes)) throw bakeProblem(path, whatItIs(axes), "lists by name");
  return Object.entries(axes).reduce<readonly Readonly<Record<string, BakeValue>>[]>(
    (rows, [key, values]) => {
      if (!isBakeList(values)) throw bakeProblem(`${path}.${key}`, whatItIs(values), "a list");
      if (rows.length * values.length > maxTargets)
        throw bakeProblem(path, "too many combinations", `at most ${maxTargets}`);
      return rows.flatMap((row) => values.map((value) => ({ ...row, [key]: value })));
    },
    [{}],
  );
}
