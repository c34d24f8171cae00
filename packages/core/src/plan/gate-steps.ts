import type { Reasons } from "../reason.ts";
import type { PreflightStep, PreflightTag, TagStep } from "./plan.ts";

/** A tag of a group, before it is known after what it is written. */
export type GroupTag = Omit<TagStep, "dependsOn" | "group">;

/** What a member of a group brings along. */
export interface GroupMember {
  /** Steps that must be done before anything of the group is tagged: its check, its test, its copies. */
  readonly ready: readonly string[];
  /** Its tags in each repository, most specific first. */
  readonly tags: readonly (readonly GroupTag[])[];
}

/**
 * The tags of a group behind one look at all of them: nothing is written before every member is ready, all immutable tags
 * come before the first moving one, `latest` last. Nothing where there is no tag to write.
 *
 * The first tag after each barrier waits for everything before it and the others wait for that one: were each to name all
 * that it waits for, a large group would be the square of its size.
 */
export function gateSteps(
  group: string,
  members: readonly GroupMember[],
  reasons: Reasons = [{ code: "gate", group }],
): readonly (PreflightStep | TagStep)[] {
  const chains = members.flatMap(({ tags }) => tags);
  const [first] = chains.flat();
  if (first === undefined) return [];
  const id = `preflight:${group}`;
  const steps: TagStep[] = [];
  let barrier: readonly string[] = [id];
  for (const tier of tiers) {
    const pending = chains.map((chain) => chain.filter((tag) => tierOf(tag) === tier));
    const pivot = pending.flat()[0]?.id;
    if (pivot === undefined) continue;
    const after = barrier.length === 1 ? barrier : [pivot];
    const ends: string[] = [];
    for (const chain of pending) {
      let previous = after;
      for (const tag of chain) {
        steps.push(placed(tag, group, tag.id === pivot ? barrier : previous));
        previous = [tag.id];
      }
      if (chain.length > 0) ends.push(...previous);
    }
    barrier = ends;
  }
  const preflight: PreflightStep = {
    dependsOn: [...new Set(members.flatMap(({ ready }) => ready))],
    group,
    id,
    kind: "preflight",
    node: first.node,
    reasons,
    tags: steps.map(lookedAt),
  };
  return [preflight, ...steps];
}

const tiers = ["immutable", "moving", "latest"] as const;

function tierOf({ tag, mutability }: GroupTag): (typeof tiers)[number] {
  if (mutability === "immutable") return "immutable";
  return /(?:^|[._-])latest(?:$|[._-])/.test(tag) ? "latest" : "moving";
}

/** In the order of canonical JSON, as everything that a plan has many of. */
function placed(tag: GroupTag, group: string, dependsOn: readonly string[]): TagStep {
  const { expected, id, kind, mutability, node, reasons, repository, target } = tag;
  return { dependsOn, expected, group, id, kind, mutability, node, reasons, repository, tag: tag.tag, target };
}

function lookedAt({ expected, mutability, repository, tag, target }: TagStep): PreflightTag {
  return { expected, mutability, repository, tag, target };
}
