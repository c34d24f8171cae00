import type { Digest, StoredBytes } from "@bayplan/core";
import type { ContentStore, RepositoryContents } from "./content-store.ts";

/** The repositories of a registry: a repository exists from its first blob or manifest on. */
export interface Catalog {
  repository(name: string): RepositoryContents | undefined;
  names(): readonly string[];
  /** A blob's bytes. Manifests are not blobs, although they may be kept in the same place. */
  readBlob(repository: string, digest: Digest): Promise<Uint8Array | undefined>;
  readManifest(repository: string, digest: Digest): Promise<StoredBytes | undefined>;
  writeBlob(repository: string, digest: Digest, bytes: Uint8Array): Promise<void>;
  deleteBlob(repository: string, digest: Digest): Promise<void>;
  /** Stores a manifest and points the tag at it; `mayTag` is asked in the same instant in which the tag moves. */
  writeManifest(repository: string, stored: StoredBytes, tag?: { name: string; mayTag: () => void }): Promise<void>;
  /** Deletes a manifest and every tag on it. */
  deleteManifest(repository: string, digest: Digest): Promise<void>;
  deleteTag(repository: string, tag: string): Promise<void>;
}

/** Manifests and tags are held in memory, bytes in the store; both kinds of storage behave alike. */
export function createCatalog(store: ContentStore): Catalog {
  const repositories = store.load();

  function open(name: string): RepositoryContents {
    const known = repositories.get(name);
    if (known !== undefined) return known;
    const created: RepositoryContents = { manifests: new Map(), tags: new Map() };
    repositories.set(name, created);
    return created;
  }

  return {
    repository: (name) => repositories.get(name),
    names: () => [...repositories.keys()].sort(),
    async readBlob(repository, digest) {
      const contents = repositories.get(repository);
      return contents === undefined || contents.manifests.has(digest) ? undefined : store.read(repository, digest);
    },
    async readManifest(repository, digest) {
      const descriptor = repositories.get(repository)?.manifests.get(digest);
      const bytes = descriptor === undefined ? undefined : await store.read(repository, digest);
      return descriptor === undefined || bytes === undefined ? undefined : { descriptor, bytes };
    },
    async writeBlob(repository, digest, bytes) {
      await store.write(repository, digest, bytes);
      if (repositories.has(repository)) return;
      await store.saveIndex(repository, open(repository));
    },
    deleteBlob: (repository, digest) => store.remove(repository, digest),
    async writeManifest(repository, stored, tag) {
      const { digest, mediaType, size } = stored.descriptor;
      // Asked twice: a refused manifest must leave no bytes, and the tag may have been written while these were.
      tag?.mayTag();
      await store.write(repository, digest, stored.bytes);
      tag?.mayTag();
      const contents = open(repository);
      contents.manifests.set(digest, { mediaType, digest, size });
      if (tag !== undefined) contents.tags.set(tag.name, digest);
      await store.saveIndex(repository, contents);
    },
    async deleteManifest(repository, digest) {
      const contents = open(repository);
      contents.manifests.delete(digest);
      for (const [tag, target] of contents.tags) if (target === digest) contents.tags.delete(tag);
      await store.saveIndex(repository, contents);
      await store.remove(repository, digest);
    },
    async deleteTag(repository, tag) {
      const contents = open(repository);
      contents.tags.delete(tag);
      await store.saveIndex(repository, contents);
    },
  };
}
