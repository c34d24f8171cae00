import type { FamilyNode } from "../observe/family-nodes.ts";
import { formatRepository, type RepositoryName } from "../oci/reference.ts";
import type { AssessedNode } from "./assess-nodes.ts";
import { stepId } from "./build-steps.ts";
import type { LateDigest, PlannedNode } from "./plan.ts";
import { type NodeTags, type TagContext, tagSteps } from "./tag-steps.ts";

/** The tags of a node in one repository. */
export interface PlacedTags extends NodeTags {
  /** Absent: where it is built. */
  readonly copy?: RepositoryName;
}

const nothing: readonly PlacedTags[] = [];

/** The image of a node: known now, or what its check will have found. Undefined where there is none to tag. */
export function taggedTarget({ node, state }: AssessedNode): LateDigest | undefined {
  switch (state.state) {
    case "built":
    case "tag-missing":
      return { digest: state.digest };
    case "queued":
      return { fromStep: stepId.verify(node.id) };
    default:
      return undefined;
  }
}

/**
 * Whether it is not enough that an image is published: a workflow that publishes directly pushes the exact tag before the
 * image is checked and tested, so an earlier execution may have found that it must not be tagged.
 */
function isUnchecked({ node, state }: AssessedNode): boolean {
  const { publish, test, release } = node.image;
  return state.state === "built" && publish === "direct" && (test !== undefined || release?.onFailure === "gate");
}

/** The step after which an image may be tagged: its test, or its check. Undefined where it is published. */
export function readyStep(entry: AssessedNode): string | undefined {
  const { node, state } = entry;
  if (state.state === "built" && !isUnchecked(entry)) return undefined;
  return node.image.test === undefined ? stepId.verify(node.id) : stepId.test(node.id);
}

/**
 * The tags that a node gets in each of its repositories, the one that it is built in first. Each is decided by what that
 * repository has. Nothing where the node cannot be had.
 */
export function nodeTags(entry: AssessedNode, context: TagContext): readonly PlacedTags[] {
  const { node, state } = entry;
  const target = taggedTarget(entry);
  if (target === undefined) return nothing;
  const present = "digest" in state ? { present: state.digest } : {};
  const isPublished = state.state === "built" || (state.state === "queued" && node.image.publish === "direct");
  const own = tagSteps(node, context, { target, ...present, after: readyStep(entry), skipExact: isPublished });
  if (node.image.copies === undefined) return [own];
  const copies = node.image.copies.map((copy): PlacedTags => {
    const after = stepId.copy(node.id, copy);
    const { steps, rules, withheld } = tagSteps(node, context, { target, ...present, after, skipExact: false, copy });
    return { copy, steps, rules, withheld: copyWithheld(withheld, copy, own.withheld) };
  });
  return [own, ...copies];
}

/** What a copy does not get for a reason that has nothing to do with it is said once. */
function copyWithheld(
  withheld: PlannedNode["withheld"],
  copy: RepositoryName,
  own: PlannedNode["withheld"],
): PlannedNode["withheld"] {
  const said = new Set(own.map((held) => JSON.stringify([held.tag, held.rule, held.reasons])));
  const repository = formatRepository(copy);
  return withheld.flatMap((held) =>
    said.has(JSON.stringify([held.tag, held.rule, held.reasons])) ? [] : [{ ...held, repository }],
  );
}

/** All of a node's tags withheld, because something of its group keeps the group from being tagged. */
export function heldTags(node: FamilyNode, places: readonly PlacedTags[], because: string): PlannedNode["withheld"] {
  return places.flatMap(({ copy, steps, rules, withheld }) => {
    const place = copy === undefined ? {} : { repository: formatRepository(copy) };
    const held = steps.map(({ tag }, index) => ({
      tag,
      rule: rules[index] ?? node.image.name,
      ...place,
      reasons: [{ code: "group-held", because }] as const,
    }));
    return [...withheld, ...held];
  });
}
