import type { Digest } from "../oci/digest.ts";
import type { DeletedManifest } from "./evaluation.ts";
import { subjectOfTag } from "./referrer-tag.ts";

/** A deletion in its place. */
export interface OrderedRemoval {
  readonly removal: DeletedManifest;
  /** What has to be gone before: the indexes that contain it, and what it is attached to. */
  readonly needs: readonly Digest[];
  /** The first manifest of the unit: everything that hangs together goes together or not at all. */
  readonly unit: Digest;
}

interface Node {
  readonly removal: DeletedManifest;
  readonly place: number;
  readonly parents: Set<number>;
  readonly subjects: Set<number>;
  readonly after: number[];
}

/**
 * Puts deletions in an order in which whoever stops in between leaves no index without its parts and no image without
 * its signatures: an index before what it contains, an image before what is attached to it. Where the two contradict
 * each other, as for an index that is attached to its own part, the first one counts.
 */
export function orderRemovals(deleted: readonly DeletedManifest[]): readonly OrderedRemoval[] {
  const places = new Map(deleted.map(({ digest }, place) => [digest, place]));
  const nodes = deleted.map((removal, place): Node => {
    const own = (digests: readonly Digest[]) => {
      const found = digests.flatMap((digest) => places.get(digest) ?? []);
      return new Set(found.filter((other) => other !== place));
    };
    const parents = own(removal.parents);
    const subjects = own(subjectsOf(removal));
    for (const parent of parents) subjects.delete(parent);
    return { removal, place, parents, subjects, after: [] };
  });
  const units = unitsOf(nodes);
  for (const { place, parents, subjects } of nodes)
    for (const before of [...parents, ...subjects]) nodes[before]?.after.push(place);
  const ordered: OrderedRemoval[] = [];
  const isDone = new Uint8Array(nodes.length);
  const ready = nodes.filter(({ parents, subjects }) => parents.size + subjects.size === 0);
  const needs = nodes.map(({ parents, subjects }) => [...parents, ...subjects]);
  let stuck = 0;
  for (;;) {
    for (let next = 0; next < ready.length; next += 1) {
      const node = ready[next];
      if (node === undefined || isDone[node.place] === 1) continue;
      isDone[node.place] = 1;
      const before = (needs[node.place] ?? []).filter((place) => isDone[place] === 1 && place !== node.place);
      ordered.push({
        removal: node.removal,
        needs: before.flatMap((place) => nodes[place]?.removal.digest ?? []),
        unit: nodes[units[node.place] ?? node.place]?.removal.digest ?? node.removal.digest,
      });
      for (const place of node.after) {
        const other = nodes[place];
        other?.parents.delete(node.place);
        other?.subjects.delete(node.place);
        if (other !== undefined && other.parents.size + other.subjects.size === 0) ready.push(other);
      }
    }
    ready.length = 0;
    while (stuck < nodes.length && isDone[stuck] === 1) stuck += 1;
    if (stuck === nodes.length) return ordered;
    const left = nodes.filter(({ place }) => isDone[place] === 0);
    // What only waits for its subject does not have to; a circle of indexes cannot be, and is cut somewhere.
    const free = left.find(({ parents }) => parents.size === 0) ?? left[0];
    if (free !== undefined) ready.push(free);
  }
}

/** What a manifest says it is attached to, also by its tags. */
export function subjectsOf({ manifest, tags }: Pick<DeletedManifest, "manifest" | "tags">): readonly Digest[] {
  const byTag = tags.flatMap((tag) => subjectOfTag(tag) ?? []);
  const subject = manifest.links.state === "read" ? manifest.links.subject : undefined;
  return subject === undefined ? byTag : [subject, ...byTag];
}

/** For each place the first place of what it hangs together with. */
function unitsOf(nodes: readonly Node[]): readonly number[] {
  const first = nodes.map(({ place }) => place);
  const rootOf = (place: number): number => {
    let root = place;
    while (first[root] !== root) root = first[root] ?? root;
    for (let at = place; at !== root; ) {
      const next = first[at] ?? root;
      first[at] = root;
      at = next;
    }
    return root;
  };
  for (const { place, parents, subjects } of nodes) {
    for (const other of [...parents, ...subjects]) {
      const [left, right] = [rootOf(place), rootOf(other)];
      first[Math.max(left, right)] = Math.min(left, right);
    }
  }
  return nodes.map(({ place }) => rootOf(place));
}
