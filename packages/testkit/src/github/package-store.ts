import { type Clock, type Digest, instantToMs, type StoredBytes } from "@bayplan/core";
import { type Catalog, createCatalog } from "../registry/catalog.ts";
import { createMemoryStore } from "../registry/storage-memory.ts";

/** A package version. */
export interface SimulatedPackageVersion {
  readonly id: number;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly downloads: number;
}

/** The container packages of a simulated GitHub, and the registry's contents below them. */
export interface PackageStore {
  readonly catalog: Catalog;
  /** Whether anything was ever pushed there. */
  exists(name: string): boolean;
  /** Newest first. */
  versions(name: string): readonly SimulatedPackageVersion[];
  deleted(name: string): readonly SimulatedPackageVersion[];
  /** As {@link versions}, or as it was where a list is stale. */
  listed(name: string): readonly SimulatedPackageVersion[];
  /** Gives the next lists of a package as they would be now, whatever changes meanwhile. */
  freeze(name: string, lists: number): void;
  /** Notes that a manifest was pulled. */
  pulled(name: string, digest: Digest): void;
  setDownloads(name: string, digest: Digest, downloads: number): void;
  remove(name: string, version: SimulatedPackageVersion): Promise<void>;
  restore(name: string, version: SimulatedPackageVersion): Promise<void>;
}

interface Entry {
  readonly id: number;
  readonly createdMs: number;
  updatedMs: number;
  downloads: number;
}

interface Deleted {
  readonly version: SimulatedPackageVersion;
  readonly stored: StoredBytes;
}

/** Packages over the parts of the embedded registry, in memory. */
export function createPackageStore(clock: Clock): PackageStore {
  const nowMs = (): number => instantToMs(clock.now());
  const raw = createCatalog(createMemoryStore(), () => ({ requests: 0, ms: nowMs() }));
  const entries = new Map<string, Map<Digest, Entry>>();
  const trash = new Map<string, Deleted[]>();
  const frozen = new Map<string, { readonly versions: readonly SimulatedPackageVersion[]; left: number }>();
  let lastId = 100_000;

  const catalog: Catalog = {
    ...raw,
    async writeManifest(name, stored, tags) {
      const { digest } = stored.descriptor;
      await raw.writeManifest(name, stored, tags);
      const own = entries.get(name) ?? new Map<Digest, Entry>();
      entries.set(name, own);
      const entry = own.get(digest);
      if (entry !== undefined) entry.updatedMs = nowMs();
      else own.set(digest, { id: ++lastId, createdMs: nowMs(), updatedMs: nowMs(), downloads: 0 });
    },
    async deleteManifest(name, digest) {
      await raw.deleteManifest(name, digest);
      entries.get(name)?.delete(digest);
    },
  };

  function versions(name: string): readonly SimulatedPackageVersion[] {
    const tags = [...(raw.repository(name)?.tags ?? [])];
    const all = [...(entries.get(name) ?? [])].map(([digest, entry]) => ({
      ...entry,
      digest,
      tags: tags.filter(([, target]) => target === digest).map(([tag]) => tag),
    }));
    return all.sort((left, right) => right.id - left.id);
  }

  return {
    catalog,
    versions,
    exists: (name) => entries.has(name),
    deleted: (name) => (trash.get(name) ?? []).map(({ version }) => version),
    listed(name) {
      const past = frozen.get(name);
      if (past === undefined || past.left <= 0) return versions(name);
      past.left -= 1;
      return past.versions;
    },
    freeze: (name, lists) => void frozen.set(name, { versions: versions(name), left: lists }),
    pulled(name, digest) {
      const entry = entries.get(name)?.get(digest);
      if (entry !== undefined) entry.downloads += 1;
    },
    setDownloads(name, digest, downloads) {
      const entry = entries.get(name)?.get(digest);
      if (entry !== undefined) entry.downloads = downloads;
    },
    async remove(name, version) {
      const stored = await raw.readManifest(name, version.digest);
      if (stored !== undefined) trash.set(name, [...(trash.get(name) ?? []), { version, stored }]);
      await catalog.deleteManifest(name, version.digest);
    },
    async restore(name, version) {
      const all = trash.get(name) ?? [];
      const found = all.find((one) => one.version.id === version.id);
      if (found === undefined) return;
      // A tag that was given to something else meanwhile stays there.
      const free = version.tags.filter((tag) => raw.repository(name)?.tags.has(tag) !== true);
      await raw.writeManifest(name, found.stored, { names: free, mayTag: () => {} });
      entries.get(name)?.set(version.digest, { ...version });
      trash.set(
        name,
        all.filter((one) => one !== found),
      );
    },
  };
}
