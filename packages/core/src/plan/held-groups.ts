import type { Reason } from "../reason.ts";
import type { AssessedNode } from "./assess-nodes.ts";
import type { PlacedTags } from "./node-tags.ts";

/**
 * Why a tag is withheld that its group cannot do without. A tag that its rule does not give, or that somebody holds, is
 * none of these. `up-to-date`: an immutable tag shows an image, and the one that is to get it is not built yet.
 */
const holding: ReadonlySet<Reason["code"]> = new Set([
  "up-to-date",
  "registry-unknown",
  "immutable-conflict",
  "version-taken",
  "listing-incomplete",
  "ancestry-unknown",
] as const);

/**
 * The gated groups that get no tag at all, each with the member that keeps them from it: one that cannot be had, one whose
 * tag shows another image or could not be asked, or one with something to do that this plan may not do.
 *
 * @param entries - All nodes of the family.
 * @param tagsOf - The tags of a node.
 * @param isPlanned - Whether the plan may do something for a node.
 */
export function heldGroups(
  entries: Iterable<AssessedNode>,
  tagsOf: (entry: AssessedNode) => readonly PlacedTags[],
  isPlanned: (entry: AssessedNode) => boolean,
): ReadonlyMap<string, string> {
  const held = new Map<string, string>();
  for (const entry of entries) {
    const { group, id, image } = entry.node;
    if (image.release?.onFailure !== "gate" || held.has(group)) continue;
    if (isHolding(entry, tagsOf(entry), isPlanned(entry))) held.set(group, id);
  }
  return held;
}

function isHolding({ state }: AssessedNode, places: readonly PlacedTags[], isPlanned: boolean): boolean {
  if (state.state === "unknown" || state.state === "blocked") return true;
  if (places.some(({ withheld }) => withheld.some(({ reasons }) => reasons.some(isObstacle)))) return true;
  return !isPlanned && (state.state !== "built" || places.some(({ steps }) => steps.length > 0));
}

function isObstacle({ code }: Reason): boolean {
  return holding.has(code);
}
