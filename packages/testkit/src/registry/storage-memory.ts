import type { ContentStore } from "./content-store.ts";

/** Keeps everything in memory, for as long as the registry lives. */
export function createMemoryStore(): ContentStore {
  const bytesByName = new Map<string, Uint8Array>();
  const nameOf = (repository: string, digest: string): string => `${repository}@${digest}`;
  return {
    load: () => new Map(),
    read: async (repository, digest) => bytesByName.get(nameOf(repository, digest)),
    size: async (repository, digest) => bytesByName.get(nameOf(repository, digest))?.length,
    async write(repository, digest, bytes) {
      bytesByName.set(nameOf(repository, digest), bytes);
    },
    async remove(repository, digest) {
      bytesByName.delete(nameOf(repository, digest));
    },
    async saveIndex() {},
  };
}
