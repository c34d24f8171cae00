import { type Instant, instantToMs } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { ManifestLinks, RetentionInventory, RetentionManifest } from "./inventory.ts";
import { subjectOfTag } from "./referrer-tag.ts";
import type { RefusalReason } from "./retention-reason.ts";

/** A manifest in the graph. Other nodes are named by their place. */
export interface SnapshotNode {
  readonly place: number;
  readonly digest: Digest;
  readonly manifest: RetentionManifest;
  /** All tags, sorted. */
  readonly tags: readonly string[];
  /** The tags that are no referrer's, sorted. */
  readonly ordinaryTags: readonly string[];
  readonly pushedMs: number | undefined;
  readonly pulledMs: number | undefined;
  /** Sorted. */
  readonly children: readonly number[];
  /** Sorted. */
  readonly parents: readonly number[];
  /** What is attached to it, sorted. */
  readonly referrers: readonly number[];
  /** What it says it is attached to, present or not. */
  readonly subjects: readonly Digest[];
  /** Whether one of `subjects` is in the list. */
  readonly hasSubject: boolean;
}

/** The same while edges are added. Most nodes have few, and share the empty list. */
type OpenNode = { -readonly [Key in keyof SnapshotNode]: SnapshotNode[Key] };

/** The inventory as a graph, in one order whatever the order of the list. */
export interface Snapshot {
  /** Oldest first: unknown times, then by push time, then by digest. */
  readonly nodes: readonly SnapshotNode[];
  /** Why nothing may be deleted from it. */
  readonly stops: readonly RefusalReason[];
}

/** Makes a graph of an inventory. A manifest that is listed twice counts once, with all its tags and its later times. */
export function readSnapshot(inventory: RetentionInventory): Snapshot {
  const nodes = sortedNodes(mergeManifests(inventory.manifests));
  const places = new Map(nodes.map(({ digest, place }) => [digest, place]));
  for (const node of nodes) {
    const { links } = node.manifest;
    const children = new Set<number>();
    for (const digest of links.state === "read" ? links.children : none) {
      const child = nodes[places.get(digest) ?? -1];
      // A child that is not listed does not exist: there is nothing to keep or delete.
      if (child === undefined || child === node || children.has(child.place)) continue;
      children.add(child.place);
      child.parents = added(child.parents, node.place);
    }
    if (children.size > 0) node.children = [...children].sort((left, right) => left - right);
    for (const digest of node.subjects) {
      const subject = nodes[places.get(digest) ?? -1];
      if (subject === undefined) continue;
      node.hasSubject = true;
      subject.referrers = added(subject.referrers, node.place);
    }
  }
  return { nodes, stops: stopsOf(inventory, nodes) };
}

/** The list with one more; the shared empty one is left alone. */
function added(list: readonly number[], place: number): readonly number[] {
  if (list === noPlaces) return [place];
  (list as number[]).push(place);
  return list;
}

function stopsOf(inventory: RetentionInventory, nodes: readonly SnapshotNode[]): readonly RefusalReason[] {
  const stops: RefusalReason[] = [];
  if (inventory.incomplete !== undefined)
    stops.push({ code: "inventory-incomplete", error: inventory.incomplete.error });
  const unreadable = nodes.filter(({ manifest }) => manifest.links.state === "unreadable");
  const [first] = unreadable;
  if (first?.manifest.links.state === "unreadable") {
    const { error } = first.manifest.links;
    stops.push({ code: "manifest-unreadable", digest: first.digest, error, count: unreadable.length });
  }
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { tags } of nodes) {
    for (const tag of tags) {
      if (seen.has(tag)) twice.add(tag);
      seen.add(tag);
    }
  }
  // The tag moved while the list was read: which of the two has it is not known.
  for (const tag of [...twice].sort()) stops.push({ code: "tag-on-two", tag });
  return stops;
}

function mergeManifests(manifests: readonly RetentionManifest[]): Iterable<RetentionManifest> {
  const merged = new Map<Digest, RetentionManifest>();
  for (const manifest of manifests) {
    const { digest } = manifest.descriptor;
    const other = merged.get(digest);
    merged.set(digest, other === undefined ? manifest : mergeTwo(other, manifest));
  }
  return merged.values();
}

function mergeTwo(left: RetentionManifest, right: RetentionManifest): RetentionManifest {
  const { pushedAt: _, pulledAt: __, ...rest } = left;
  const pushedAt = laterOf(left.pushedAt, right.pushedAt);
  const pulledAt = laterOf(left.pulledAt, right.pulledAt) ?? left.pulledAt ?? right.pulledAt;
  const labels = left.labels ?? right.labels;
  return {
    ...rest,
    ...(labels !== undefined && { labels }),
    tags: [...left.tags, ...right.tags],
    links: mergeLinks(left.links, right.links),
    ...(pushedAt !== undefined && { pushedAt }),
    ...(pulledAt !== undefined && { pulledAt }),
  };
}

function mergeLinks(left: ManifestLinks, right: ManifestLinks): ManifestLinks {
  if (left.state === "unreadable") return right.state === "unreadable" && right.error < left.error ? right : left;
  if (right.state === "unreadable") return right;
  return left.children.length >= right.children.length ? left : right;
}

/** The later one; unknown where one is: an unknown time expires nothing. */
function laterOf(left: Instant | undefined, right: Instant | undefined): Instant | undefined {
  const [one, other] = [msOf(left), msOf(right)];
  if (one === undefined || other === undefined) return undefined;
  return one >= other ? left : right;
}

function sortedNodes(manifests: Iterable<RetentionManifest>): readonly OpenNode[] {
  const entries = Array.from(manifests, (manifest) => {
    const pushedMs = msOf(manifest.pushedAt);
    // Unknown times before all others.
    return { manifest, digest: manifest.descriptor.digest, pushedMs, orderMs: pushedMs ?? Number.MIN_SAFE_INTEGER };
  });
  entries.sort((left, right) => {
    if (left.orderMs !== right.orderMs) return left.orderMs - right.orderMs;
    return left.digest < right.digest ? -1 : 1;
  });
  return entries.map(({ manifest, digest, pushedMs }, place): OpenNode => {
    const tags = manifest.tags.length > 1 ? [...new Set(manifest.tags)].sort() : manifest.tags;
    const subjects = subjectsOf(manifest, tags);
    const ordinaryTags = subjects.length === 0 ? tags : tags.filter((tag) => subjectOfTag(tag) === undefined);
    return {
      place,
      digest,
      manifest,
      tags,
      ordinaryTags,
      pushedMs,
      pulledMs: msOf(manifest.pulledAt),
      children: noPlaces,
      parents: noPlaces,
      referrers: noPlaces,
      subjects,
      hasSubject: false,
    };
  });
}

const none: readonly Digest[] = [];
const noPlaces: readonly number[] = [];

function subjectsOf(manifest: RetentionManifest, tags: readonly string[]): readonly Digest[] {
  const subject = manifest.links.state === "read" ? manifest.links.subject : undefined;
  const byTag = tags.length === 0 ? none : tags.flatMap((tag) => subjectOfTag(tag) ?? []);
  if (byTag.length === 0) return subject === undefined ? none : [subject];
  return [...new Set(subject === undefined ? byTag : [subject, ...byTag])];
}

function msOf(instant: Instant | undefined): number | undefined {
  if (instant === undefined) return undefined;
  const milliseconds = instantToMs(instant);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
