import type { SnapshotNode } from "./snapshot.ts";

/** Which images of one stream are among its newest. */
export interface StreamRank {
  isAmongNewest(place: number): boolean;
}

/** What counting needs to know. */
export interface RankOptions {
  readonly keepLast: number;
  readonly nodes: readonly SnapshotNode[];
  /** Images that use no place: those with a protected tag. */
  readonly isProtected: (place: number) => boolean;
  /** Whether the image's place in the order is known. One without stays and uses no place. */
  readonly isOrdered: (place: number) => boolean;
  /** Whether neither is newer, but for the digest that decides between them. */
  readonly isTie: (left: number, right: number) => boolean;
}

/**
 * Counts images, not manifests: what an image of the stream contains goes with it and uses no place of its own. Only what
 * is newer than all that contains it is an image for itself, so that whoever loses its container moves nobody out. What
 * is attached to something, present or not, uses no place either, and stays where an image would.
 *
 * @param members - Each image of the stream once, newest first, those without a place in the order last.
 */
export function rankStream(members: readonly number[], options: RankOptions): StreamRank {
  const { keepLast, nodes, isProtected, isOrdered } = options;
  const parts = partsOf(members, options);
  const isAttached = (place: number) => nodes[place]?.subjects.length !== 0;
  const newest = new Set<number>();
  let used = 0;
  for (const place of members) {
    if (parts.has(place)) continue;
    if (!isOrdered(place)) newest.add(place);
    else if (used < keepLast) {
      newest.add(place);
      if (!isProtected(place) && !isAttached(place)) used += 1;
    }
  }
  const addFollowers = (places: readonly number[], withReferrers: boolean) => {
    if (places.length === 0) return;
    const ofNewest = new Set<number>();
    addContents([...newest], nodes, { found: ofNewest, withReferrers });
    for (const place of places) if (ofNewest.has(place) || !isOrdered(place)) newest.add(place);
  };
  addFollowers([...parts], false);
  // Last, since what is attached and not among the newest itself keeps no part: it may be older than that.
  addFollowers(
    members.filter((place) => isAttached(place) && !newest.has(place)),
    true,
  );
  return { isAmongNewest: (place) => newest.has(place) };
}

/** The members that a member contains, at any depth, which is not older. */
function partsOf(members: readonly number[], { nodes, isOrdered, isTie }: RankOptions): ReadonlySet<number> {
  const parts = new Set<number>();
  if (!members.some((place) => (nodes[place]?.parents.length ?? 0) > 0)) return parts;
  const contained = new Set<number>();
  const unordered = members.filter((place) => !isOrdered(place));
  const ordered = members.filter(isOrdered);
  addContents(unordered, nodes, { found: contained });
  for (const place of unordered) if (contained.has(place)) parts.add(place);
  for (let start = 0; start < ordered.length; ) {
    let end = start + 1;
    while (end < ordered.length && isTie(ordered[start] ?? -1, ordered[end] ?? -1)) end += 1;
    const ties = ordered.slice(start, end);
    addContents(ties, nodes, { found: contained });
    for (const place of ties) if (contained.has(place)) parts.add(place);
    start = end;
  }
  return parts;
}

/** Adds everything below the places; each manifest is visited once for all calls with one set. */
function addContents(
  places: readonly number[],
  nodes: readonly SnapshotNode[],
  { found, withReferrers = false }: { readonly found: Set<number>; readonly withReferrers?: boolean },
): void {
  const queue = [...places];
  const add = (place: number) => {
    if (found.has(place)) return;
    found.add(place);
    queue.push(place);
  };
  for (let next = 0; next < queue.length; next += 1) {
    const node = nodes[queue[next] ?? -1];
    for (const child of node?.children ?? []) add(child);
    if (withReferrers) for (const referrer of node?.referrers ?? []) add(referrer);
  }
}
