import type { Descriptor, Digest, StoredBytes } from "@bayplan/core";
import { applyChange, type Change } from "./change.ts";
import { type ContentStore, emptyContents, type RepositoryContents } from "./content-store.ts";
import { createExclusive } from "./exclusive.ts";
import { createHistory, type Moment } from "./history.ts";

/** What can be read: now, or as it was. */
export interface CatalogReader {
  repository(name: string): RepositoryContents | undefined;
  names(): readonly string[];
  readManifest(repository: string, digest: Digest): Promise<StoredBytes | undefined>;
}

/** The repositories of a registry: a repository exists from its first blob or manifest on. */
export interface Catalog extends CatalogReader {
  /** A blob's bytes. Manifests are not blobs, although they are kept in the same place, unless pushed as both. */
  readBlob(repository: string, digest: Digest): Promise<Uint8Array | undefined>;
  blobSize(repository: string, digest: Digest): Promise<number | undefined>;
  writeBlob(repository: string, digest: Digest, bytes: Uint8Array): Promise<void>;
  deleteBlob(repository: string, digest: Digest): Promise<void>;
  /** Stores a manifest and points the tags at it: all of them, or none when `mayTag` throws for one. */
  writeManifest(repository: string, stored: StoredBytes, tags: NewTags): Promise<void>;
  /** Deletes a manifest and every tag on it. */
  deleteManifest(repository: string, digest: Digest): Promise<void>;
  deleteTag(repository: string, tag: string): Promise<void>;
  /** Repositories and manifests without the changes that are too late. */
  before(isTooLate: (moment: Moment) => boolean): CatalogReader;
}

/** Tags to be written; `mayTag` is asked when nothing else can write any more, and before anything is stored. */
export interface NewTags {
  readonly names: readonly string[];
  readonly mayTag: (name: string) => void;
}

/** A tag that was written, moved or taken away. */
export interface TagChange {
  readonly repository: string;
  readonly tag: string;
  /** Absent where the tag was not there before. */
  readonly from?: Digest;
  /** Absent where the tag is gone. */
  readonly to?: Digest;
}

/**
 * Manifests and tags are held in memory, bytes in the store; both kinds of storage behave alike. `onTagChange` hears of
 * each change once it is durable, in their order.
 */
export function createCatalog(
  store: ContentStore,
  now: () => Moment,
  onTagChange: (change: TagChange) => void = () => {},
): Catalog {
  const repositories = store.load();
  const history = createHistory(now);
  const exclusively = createExclusive();

  const isBlob = (repository: string, digest: Digest): boolean => {
    const contents = repositories.get(repository);
    return contents !== undefined && (!contents.manifests.has(digest) || contents.alsoBlobs.has(digest));
  };

  async function commit(repository: string, change: Change): Promise<void> {
    const known = repositories.get(repository);
    const contents = known ?? emptyContents();
    repositories.set(repository, contents);
    const undo = applyChange(contents, change);
    try {
      await store.saveIndex(repository, contents);
    } catch (error) {
      // What is not durable was never there.
      applyChange(contents, undo);
      if (known === undefined) repositories.delete(repository);
      throw error;
    }
    history.note(repository, undo, { created: known === undefined });
    for (const [tag, to] of change.tags ?? []) {
      const from = undo.tags?.get(tag);
      if (from === to) continue;
      onTagChange({ repository, tag, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
    }
  }

  async function readManifest(repository: string, descriptor: Descriptor | undefined) {
    if (descriptor === undefined) return undefined;
    const { digest } = descriptor;
    const bytes = (await store.read(repository, digest)) ?? history.kept(repository, digest);
    return bytes === undefined ? undefined : { descriptor, bytes };
  }

  return {
    repository: (name) => repositories.get(name),
    names: () => [...repositories.keys()].sort(),
    readManifest: (repository, digest) => readManifest(repository, repositories.get(repository)?.manifests.get(digest)),
    readBlob: async (repository, digest) => (isBlob(repository, digest) ? store.read(repository, digest) : undefined),
    blobSize: async (repository, digest) => (isBlob(repository, digest) ? store.size(repository, digest) : undefined),
    writeBlob: (repository, digest, bytes) =>
      exclusively(repository, async () => {
        await store.write(repository, digest, bytes);
        if (!repositories.has(repository)) await commit(repository, {});
        else if (!isBlob(repository, digest)) await commit(repository, { alsoBlobs: new Map([[digest, true]]) });
      }),
    deleteBlob: (repository, digest) =>
      exclusively(repository, async () => {
        const isManifest = repositories.get(repository)?.manifests.has(digest) === true;
        if (isManifest) await commit(repository, { alsoBlobs: new Map([[digest, undefined]]) });
        else await store.remove(repository, digest);
      }),
    writeManifest: (repository, stored, tags) =>
      exclusively(repository, async () => {
        for (const name of tags.names) tags.mayTag(name);
        const { digest, mediaType, size } = stored.descriptor;
        const isBlobToo = isBlob(repository, digest) && (await store.size(repository, digest)) !== undefined;
        await store.write(repository, digest, stored.bytes);
        await commit(repository, {
          manifests: new Map([[digest, { mediaType, digest, size }]]),
          tags: new Map(tags.names.map((name) => [name, digest])),
          alsoBlobs: new Map([[digest, isBlobToo || undefined]]),
        });
      }),
    deleteManifest: (repository, digest) =>
      exclusively(repository, async () => {
        const contents = repositories.get(repository);
        const bytes = await store.read(repository, digest);
        if (contents === undefined || bytes === undefined) return;
        const isBlobToo = contents.alsoBlobs.has(digest);
        const tags = [...contents.tags].filter(([, target]) => target === digest);
        await commit(repository, {
          manifests: new Map([[digest, undefined]]),
          tags: new Map(tags.map(([tag]) => [tag, undefined])),
          alsoBlobs: new Map([[digest, undefined]]),
        });
        history.keep(repository, digest, bytes);
        if (!isBlobToo) await store.remove(repository, digest);
      }),
    deleteTag: (repository, tag) =>
      exclusively(repository, () => commit(repository, { tags: new Map([[tag, undefined]]) })),
    before(isTooLate) {
      const past = (name: string): RepositoryContents | undefined => {
        const contents = repositories.get(name);
        return contents === undefined ? undefined : history.rewind(name, contents, isTooLate);
      };
      return {
        repository: past,
        names: () => [...repositories.keys()].filter((name) => past(name) !== undefined).sort(),
        readManifest: (repository, digest) => readManifest(repository, past(repository)?.manifests.get(digest)),
      };
    },
  };
}
