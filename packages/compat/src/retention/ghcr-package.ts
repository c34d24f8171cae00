import { type Digest, isDigest } from "@bayplan/core";
import type { SimulatedRepository } from "./simulated-repository.ts";

/** A package as ghcr-cleanup-action sees it. Tags may be taken away; everything else stays. */
export interface GhcrPackage {
  readonly repository: SimulatedRepository;
  /** The tags that are left on it. */
  tagsOf(digest: Digest): readonly string[];
  digestOf(tag: string): Digest | undefined;
  untag(tag: string): void;
  /** The images whose tag begins with `sha256-` and the hexadecimal digits of this digest. */
  attachedByTag(digest: Digest): readonly Digest[];
  /** What the action takes for images of their own. */
  topLevel(): Set<Digest>;
  /** What is attached, by tag or by subject, to something that is not there. */
  orphans(): readonly Digest[];
}

/** The digest that a tag names; only the first 64 digits count. */
function parentOf(tag: string): string | undefined {
  if (!tag.startsWith("sha256-")) return undefined;
  const digest = `sha256:${tag.slice(7)}`;
  return digest.length < 71 ? undefined : digest.slice(0, 71);
}

/** The package, with all its tags. */
export function createGhcrPackage(repository: SimulatedRepository): GhcrPackage {
  const tags = new Map(repository.images.map(({ digest, tags: own }) => [digest, [...own]]));
  const attached = new Map<string, Digest[]>();
  for (const image of repository.images) {
    for (const tag of image.tags) {
      const parent = parentOf(tag);
      if (parent !== undefined) attached.set(parent, [...(attached.get(parent) ?? []), image.digest]);
    }
  }
  const isThere = (digest: string) => isDigest(digest) && repository.image(digest) !== undefined;
  return {
    repository,
    tagsOf: (digest) => tags.get(digest) ?? [],
    digestOf(tag) {
      const digest = repository.digestOf(tag);
      return digest !== undefined && tags.get(digest)?.includes(tag) === true ? digest : undefined;
    },
    untag(tag) {
      const digest = repository.digestOf(tag);
      if (digest !== undefined) tags.set(digest, tags.get(digest)?.filter((other) => other !== tag) ?? []);
    },
    attachedByTag: (digest) => attached.get(digest) ?? [],
    topLevel() {
      const found = new Set(repository.images.map(({ digest }) => digest));
      for (const { digest, subject } of repository.images) if (subject !== undefined) found.delete(digest);
      // What is taken out here is not visited any more: leaves of an index that is listed after its own index stay in.
      for (const digest of found) {
        for (const child of repository.image(digest)?.children ?? []) found.delete(child);
        for (const other of attached.get(digest) ?? []) {
          found.delete(other);
          for (const child of repository.image(other)?.children ?? []) found.delete(child);
        }
      }
      return found;
    },
    orphans() {
      const byTag = [...attached].flatMap(([parent, digests]) => (isThere(parent) ? [] : digests));
      const bySubject = repository.images.filter(({ subject }) => subject !== undefined && !isThere(subject));
      return [...byTag, ...bySubject.map(({ digest }) => digest)];
    },
  };
}
