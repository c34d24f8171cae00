import type { Descriptor, Digest } from "@bayplan/core";

/** What a repository holds beside plain blobs: its manifests, and which of them the tags name. */
export interface RepositoryContents {
  readonly manifests: Map<Digest, Descriptor>;
  readonly tags: Map<string, Digest>;
  /** Manifests whose bytes were pushed as a blob too: they are read, and deleted, as either. */
  readonly alsoBlobs: Set<Digest>;
}

/** Keeps bytes by repository and digest, and the list of manifests and tags of each repository. */
export interface ContentStore {
  /** Everything that is already there, read once when the registry is created. */
  load(): Map<string, RepositoryContents>;
  read(repository: string, digest: Digest): Promise<Uint8Array | undefined>;
  /** How many bytes are there; `undefined` when there are none under that digest. */
  size(repository: string, digest: Digest): Promise<number | undefined>;
  write(repository: string, digest: Digest, bytes: Uint8Array): Promise<void>;
  remove(repository: string, digest: Digest): Promise<void>;
  /** Makes manifests and tags durable; called after every change of either. */
  saveIndex(repository: string, contents: RepositoryContents): Promise<void>;
}

/** A repository without anything in it. */
export function emptyContents(): RepositoryContents {
  return { manifests: new Map(), tags: new Map(), alsoBlobs: new Set() };
}
