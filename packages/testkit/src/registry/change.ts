import type { Descriptor, Digest } from "@bayplan/core";
import type { RepositoryContents } from "./content-store.ts";

/** What becomes of some entries of a repository; `undefined` takes one away. */
export interface Change {
  readonly manifests?: ReadonlyMap<Digest, Descriptor | undefined>;
  readonly tags?: ReadonlyMap<string, Digest | undefined>;
  readonly alsoBlobs?: ReadonlyMap<Digest, true | undefined>;
}

/** Applies a change and gives the one that undoes it. */
export function applyChange(contents: RepositoryContents, change: Change): Change {
  const wasBlob = new Map<Digest, true | undefined>();
  for (const [digest, isBlob] of change.alsoBlobs ?? []) {
    wasBlob.set(digest, contents.alsoBlobs.has(digest) || undefined);
    if (isBlob === true) contents.alsoBlobs.add(digest);
    else contents.alsoBlobs.delete(digest);
  }
  return {
    manifests: applyTo(contents.manifests, change.manifests),
    tags: applyTo(contents.tags, change.tags),
    alsoBlobs: wasBlob,
  };
}

function applyTo<Key, Value>(
  entries: Map<Key, Value>,
  changes: ReadonlyMap<Key, Value | undefined> = new Map(),
): ReadonlyMap<Key, Value | undefined> {
  const before = new Map<Key, Value | undefined>();
  for (const [key, value] of changes) {
    before.set(key, entries.get(key));
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return before;
}
