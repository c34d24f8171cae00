import { type Digest, parseManifest, type StoredBytes } from "@bayplan/core";
import { type Catalog, createCatalog } from "../registry/catalog.ts";
import { createMemoryStore } from "../registry/storage-memory.ts";

/** When a tag was written and read. */
export interface DockerHubTagTimes {
  readonly pushedMs: number;
  pulledMs?: number;
  /** What the tag showed before its last push. */
  readonly before?: { readonly digest: Digest; readonly pushedMs: number };
}

/** The repositories of a simulated Docker Hub. Pushing creates them, for everybody to read. */
export interface DockerHubRepositories {
  readonly catalog: Catalog;
  exists(name: string): boolean;
  isPrivate(name: string): boolean;
  setPrivate(name: string, isPrivate: boolean): void;
  times(name: string, tag: string): DockerHubTagTimes | undefined;
  notePull(name: string, target: string): void;
  /** Whether a tag or an index of the repository leads to that manifest. */
  isReferenced(name: string, digest: Digest): Promise<boolean>;
}

/** Repositories over the parts of the embedded registry. */
export function createDockerHubRepositories(nowMs: () => number): DockerHubRepositories {
  const raw = createCatalog(createMemoryStore(), () => ({ requests: 0, ms: nowMs() }));
  const privates = new Set<string>();
  const times = new Map<string, DockerHubTagTimes>();

  const catalog: Catalog = {
    ...raw,
    async writeManifest(name, stored, tags) {
      const shown = new Map(raw.repository(name)?.tags);
      await raw.writeManifest(name, stored, tags);
      for (const tag of tags.names) {
        const key = `${name}:${tag}`;
        const [digest, old] = [shown.get(tag), times.get(key)];
        const before = digest === undefined || old === undefined ? {} : { before: { digest, pushedMs: old.pushedMs } };
        times.set(key, { pushedMs: nowMs(), ...before });
      }
    },
  };

  return {
    catalog,
    exists: (name) => raw.repository(name) !== undefined,
    isPrivate: (name) => privates.has(name),
    setPrivate(name, isPrivate) {
      if (isPrivate) privates.add(name);
      else privates.delete(name);
    },
    times: (name, tag) => times.get(`${name}:${tag}`),
    notePull(name, target) {
      const noted = times.get(`${name}:${target}`);
      if (noted !== undefined) noted.pulledMs = nowMs();
    },
    async isReferenced(name, digest) {
      const contents = raw.repository(name);
      if (contents === undefined) return false;
      if ([...contents.tags.values()].includes(digest)) return true;
      for (const other of contents.manifests.keys()) {
        const stored = await raw.readManifest(name, other);
        if (stored !== undefined && contains(stored, digest)) return true;
      }
      return false;
    },
  };
}

function contains(stored: StoredBytes, digest: Digest): boolean {
  const manifest = parseManifest(stored);
  return manifest.kind === "index" && manifest.manifests.some((child) => child.digest === digest);
}
