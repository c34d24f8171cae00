import type { RetentionInventory } from "./inventory.ts";
import type { RetentionGuards } from "./retention-policy.ts";
import type { RefusalReason } from "./retention-reason.ts";
import type { SnapshotNode } from "./snapshot.ts";
import type { TagVerdict } from "./tag-verdict.ts";

/** Why the deletions as a whole are too much. */
export function sizeRefusals(
  guards: RetentionGuards,
  counts: { readonly planned: number; readonly of: number },
): readonly RefusalReason[] {
  const { planned, of } = counts;
  const { count, percent } = guards.maxDeletions ?? {};
  const refusals: RefusalReason[] = [];
  if (planned === 0) return refusals;
  if (count !== undefined && planned > count)
    refusals.push({ code: "too-many-deletions", planned, of, limit: String(count) });
  if (percent !== undefined && planned * 100 > percent * of)
    refusals.push({ code: "too-many-deletions", planned, of, limit: `${percent} %` });
  if (guards.neverEmpty === true && planned === of) refusals.push({ code: "would-be-empty" });
  return refusals;
}

/**
 * The newest images that have to stay so that `keepTagged` of them keep a tag. An image of unknown time may be the
 * newest, so it comes first.
 */
export function survivors(
  keepTagged: number,
  graph: {
    readonly nodes: readonly SnapshotNode[];
    readonly verdicts: readonly (readonly TagVerdict[])[];
    readonly isKept: (place: number) => boolean;
  },
): readonly number[] {
  const { nodes, verdicts, isKept } = graph;
  const isTagged = ({ place, ordinaryTags }: SnapshotNode) =>
    isKept(place) &&
    verdicts[place]?.some(({ state, tag }) => state !== "expired" && ordinaryTags.includes(tag)) === true;
  const missing = keepTagged - nodes.filter(isTagged).length;
  if (missing <= 0) return [];
  const others = nodes.filter((node) => node.ordinaryTags.length > 0 && !isTagged(node));
  const unknown = others.filter(({ pushedMs }) => pushedMs === undefined);
  const known = others.filter(({ pushedMs }) => pushedMs !== undefined);
  return [...unknown, ...known.reverse()].slice(0, missing).map(({ place }) => place);
}

/** Whether manifests that are not listed may need those that are, and nobody but us would notice. */
export function mayBeNeededUnseen({ covers, refusesReferenced }: RetentionInventory): boolean {
  return covers === "tagged" && refusesReferenced !== true;
}
