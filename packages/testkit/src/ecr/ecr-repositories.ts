import { type Clock, type Digest, instantToMs, isIndexMediaType, parseManifest } from "@bayplan/core";
import { type Catalog, createCatalog } from "../registry/catalog.ts";
import { emptyContents, type RepositoryContents } from "../registry/content-store.ts";
import { createMemoryStore } from "../registry/storage-memory.ts";
import { ecrRefusal } from "./ecr-answer.ts";
import { isTagImmutable, type TagMutability } from "./ecr-tag-mutability.ts";

/** A repository as Amazon ECR describes it, beside its contents. */
export interface EcrRepository {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly encryption: { readonly encryptionType: string; readonly kmsKey?: string };
  readonly tags: Map<string, string>;
  readonly pushedMs: Map<Digest, number>;
  readonly pulledMs: Map<Digest, number>;
  /** Images that were moved to the archive: described, but not given. */
  readonly archived: Set<Digest>;
  mutability: TagMutability;
  scanOnPush: boolean;
  policyText: string | undefined;
  lifecyclePolicyText: string | undefined;
}

/** What a repository is created with. */
export type NewEcrRepository = Pick<EcrRepository, "name"> &
  Partial<Pick<EcrRepository, "mutability" | "scanOnPush" | "encryption" | "tags">>;

/** The repositories of a simulated registry. */
export interface EcrRepositories {
  /** The registry's contents, where a repository exists because it was created, not because something is in it. */
  readonly catalog: Catalog;
  names(): readonly string[];
  find(name: string): EcrRepository | undefined;
  /** The repository, or `RepositoryNotFoundException`. */
  existing(name: string): EcrRepository;
  create(repository: NewEcrRepository): EcrRepository;
  contents(name: string): RepositoryContents;
  isImmutable(name: string, tag: string): boolean;
  /** Indexes of the repository that contain that manifest. */
  parents(name: string, digest: Digest): Promise<readonly Digest[]>;
  /** Why there is no room for that image or tag, in the vendor's words. */
  lackOfRoom(name: string, image: { readonly digest: Digest; readonly tag: string | undefined }): string | undefined;
}

/** Repositories over the parts of the embedded registry. */
export function createEcrRepositories(settings: {
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  readonly imageQuota: number;
  readonly tagQuota: number;
}): EcrRepositories {
  const { accountId, region, clock } = settings;
  const nowMs = (): number => instantToMs(clock.now());
  const repositories = new Map<string, EcrRepository>();
  const raw = createCatalog(createMemoryStore(), () => ({ requests: 0, ms: nowMs() }));
  const contents = (name: string): RepositoryContents => raw.repository(name) ?? emptyContents();

  const catalog: Catalog = {
    ...raw,
    names: () => [...repositories.keys()].sort(),
    repository: (name) => (repositories.has(name) ? contents(name) : undefined),
    async writeManifest(name, stored, tags) {
      const isNew = !contents(name).manifests.has(stored.descriptor.digest);
      await raw.writeManifest(name, stored, tags);
      if (isNew) repositories.get(name)?.pushedMs.set(stored.descriptor.digest, nowMs());
    },
  };

  return {
    catalog,
    names: catalog.names,
    find: (name) => repositories.get(name),
    existing(name) {
      const found = repositories.get(name);
      if (found !== undefined) return found;
      const message = `The repository with name '${name}' does not exist in the registry with id '${accountId}'`;
      throw ecrRefusal("RepositoryNotFoundException", message);
    },
    create({ name, ...given }) {
      if (repositories.has(name)) {
        const message = `The repository with name '${name}' already exists in the registry with id '${accountId}'`;
        throw ecrRefusal("RepositoryAlreadyExistsException", message);
      }
      const created: EcrRepository = {
        name,
        arn: `arn:aws:ecr:${region}:${accountId}:repository/${name}`,
        createdMs: nowMs(),
        encryption: { encryptionType: "AES256" },
        tags: new Map(),
        pushedMs: new Map(),
        pulledMs: new Map(),
        archived: new Set(),
        mutability: { setting: "MUTABLE", filters: [] },
        scanOnPush: false,
        policyText: undefined,
        lifecyclePolicyText: undefined,
        ...given,
      };
      repositories.set(name, created);
      return created;
    },
    contents,
    isImmutable(name, tag) {
      const found = repositories.get(name);
      return found !== undefined && isTagImmutable(found.mutability, tag);
    },
    async parents(name, digest) {
      const found: Digest[] = [];
      for (const descriptor of contents(name).manifests.values()) {
        if (!isIndexMediaType(descriptor.mediaType)) continue;
        const stored = await raw.readManifest(name, descriptor.digest);
        const index = stored === undefined ? undefined : parseManifest(stored);
        if (index?.kind === "index" && index.manifests.some((child) => child.digest === digest)) {
          found.push(descriptor.digest);
        }
      }
      return found;
    },
    lackOfRoom(name, { digest, tag }) {
      const { manifests, tags } = contents(name);
      if (!manifests.has(digest) && manifests.size >= settings.imageQuota) {
        return `The repository with name '${name}' in registry with id '${accountId}' already has the maximum allowed number of images which is '${settings.imageQuota}'`;
      }
      const held = [...tags].filter(([own, target]) => target === digest && own !== tag).length;
      return tag !== undefined && held >= settings.tagQuota
        ? `The image with digest '${digest}' already has the maximum allowed number of tags which is '${settings.tagQuota}'`
        : undefined;
    },
  };
}
