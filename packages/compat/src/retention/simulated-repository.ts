import { type Digest, instantToMs } from "@bayplan/core";
import type { SimulatedInventory, SimulatedManifest } from "./simulated-inventory.ts";

/** One manifest of a {@link SimulatedRepository}. */
export interface SimulatedImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Whether it lists manifests, be it none. */
  readonly isIndex: boolean;
  /** What it lists, present or not. */
  readonly children: readonly Digest[];
  readonly subject: Digest | undefined;
  /** Milliseconds; `undefined` when unknown. */
  readonly pushedMs: number | undefined;
  readonly pulledMs: number | undefined;
  readonly manifest: SimulatedManifest;
}

/** An inventory with the look-ups that simulations share. */
export interface SimulatedRepository {
  /** In the order of the listing. */
  readonly images: readonly SimulatedImage[];
  image(digest: Digest): SimulatedImage | undefined;
  /** Which digest a tag is on. */
  digestOf(tag: string): Digest | undefined;
  /** The indexes that list it. */
  parentsOf(digest: Digest): readonly Digest[];
  /** What names it as its subject. */
  referrersOf(digest: Digest): readonly Digest[];
  readonly isComplete: boolean;
  /** Whether manifests without a tag are not in the list. */
  readonly isTaggedOnly: boolean;
  readonly unreadable: readonly Digest[];
}

const indexTypes = /(?:image\.index|manifest\.list)\.v\d/;

/** Reads an inventory once. */
export function openSimulatedRepository(inventory: SimulatedInventory): SimulatedRepository {
  const images = inventory.manifests.map(readImage);
  const byDigest = new Map(images.map((image) => [image.digest, image]));
  const byTag = new Map(images.flatMap(({ digest, tags }) => tags.map((tag): [string, Digest] => [tag, digest])));
  const parents = collect(images, ({ children }) => children);
  const referrers = collect(images, ({ subject }) => (subject === undefined ? [] : [subject]));
  return {
    images,
    image: (digest) => byDigest.get(digest),
    digestOf: (tag) => byTag.get(tag),
    parentsOf: (digest) => parents.get(digest) ?? [],
    referrersOf: (digest) => referrers.get(digest) ?? [],
    isComplete: inventory.incomplete === undefined,
    isTaggedOnly: inventory.covers === "tagged",
    unreadable: inventory.manifests
      .filter(({ links }) => links.state === "unreadable")
      .map(({ descriptor }) => descriptor.digest),
  };
}

function readImage(manifest: SimulatedManifest): SimulatedImage {
  const { descriptor, links, pushedAt, pulledAt } = manifest;
  const children = links.state === "read" ? links.children : [];
  return {
    digest: descriptor.digest,
    tags: manifest.tags,
    isIndex: children.length > 0 || indexTypes.test(descriptor.mediaType),
    children,
    subject: links.state === "read" ? links.subject : undefined,
    pushedMs: pushedAt === undefined ? undefined : instantToMs(pushedAt),
    pulledMs: pulledAt === undefined ? undefined : instantToMs(pulledAt),
    manifest,
  };
}

function collect(
  images: readonly SimulatedImage[],
  targetsOf: (image: SimulatedImage) => readonly Digest[],
): ReadonlyMap<Digest, readonly Digest[]> {
  const found = new Map<Digest, Digest[]>();
  for (const image of images) {
    for (const target of new Set(targetsOf(image))) {
      const list = found.get(target);
      if (list === undefined) found.set(target, [image.digest]);
      else list.push(image.digest);
    }
  }
  return found;
}
