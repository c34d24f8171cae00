import type { BakeBlocks } from "./bake-blocks.ts";
import { bakeProblem } from "./bake-problem.ts";
import { type BakeTargetFields, mergeTargets, readTarget } from "./bake-target.ts";
import { bakeText, isBakeList, whatItIs } from "./bake-value.ts";
import { evaluateJson } from "./evaluate-json.ts";
import { matrixRows, maxTargets, type OpenScope, targetName } from "./matrix-rows.ts";

/** Targets and groups of a document, matrices multiplied out: each is also a group of its own name. */
export interface BakeConfig {
  readonly targets: ReadonlyMap<string, BakeTargetFields>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

const legalName = /^[a-zA-Z0-9_-]+$/;

/** Evaluates every target and group. */
export function expandMatrix(blocks: BakeBlocks, scope: OpenScope): BakeConfig {
  const targets = new Map<string, BakeTargetFields>();
  const groups = new Map<string, readonly string[]>();
  for (const { name, body } of blocks.groups) {
    checkName(`group.${name}`, name);
    if (body["matrix"] !== undefined || body["name"] !== undefined) {
      throw bakeProblem(`group.${name}`, "a matrix or a name", "targets only: a group has no matrix");
    }
    const members = evaluateJson(body["targets"] ?? [], scope(`group.${name}`));
    if (!isBakeList(members)) throw bakeProblem(`group.${name}.targets`, whatItIs(members), "a list of names");
    const names = members.map((member) => bakeText(member, `group.${name}.targets`));
    groups.set(name, [...new Set([...(groups.get(name) ?? []), ...names])]);
  }
  const renamed = new Map<string, string[]>();
  for (const block of blocks.targets) {
    checkName(`target.${block.name}`, block.name);
    const own = new Set<string>();
    for (const local of matrixRows(block, scope)) {
      const name = targetName(block, local, scope);
      checkName(`target.${block.name}.name`, name);
      if (own.has(name))
        throw bakeProblem(`target.${block.name}`, `two targets called ${name}`, "a name for each of its matrix");
      own.add(name);
      const { matrix: _, name: __, ...body } = block.body;
      const fields = readTarget(name, evaluateJson(body, scope(`target.${name}`, local)) as typeof body);
      const earlier = targets.get(name);
      targets.set(name, earlier === undefined ? fields : mergeTargets(earlier, fields));
      if (targets.size > maxTargets) throw bakeProblem("target", "too many targets", `at most ${maxTargets}`);
    }
    renamed.set(block.name, [...(renamed.get(block.name) ?? []), ...own]);
  }
  for (const [name, members] of renamed) {
    const isItself = members.length === 1 && members[0] === name;
    // A group of the document with the same name stands first, and the first counts.
    if (!isItself && members.length > 0 && !groups.has(name)) groups.set(name, [...new Set(members)]);
  }
  return { targets, groups };
}

function checkName(path: string, name: string): void {
  if (!legalName.test(name)) throw bakeProblem(path, JSON.stringify(name), "letters, digits, _ and - only");
}
