import {
  type CallOptions,
  type Descriptor,
  type Digest,
  type DigestReference,
  digestReference,
  isBayplanError,
  isIndexMediaType,
  parseManifest,
  type RepositoryName,
  type Resolution,
  tagReference,
} from "@bayplan/core";
import { listTags } from "./list-tags.ts";
import { fetchManifest, resolveReference } from "./read-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";

/** A tag and what it shows. */
export interface ShownTag {
  readonly tag: string;
  readonly digest: Digest;
  readonly mediaType: string;
}

const lookersAtOnce = 8;

/** What every tag of the repository shows now; nothing where there is no such repository. */
export async function lookAtAllTags(
  client: RegistryClient,
  repository: RepositoryName,
  options: CallOptions & { readonly pageSize: number; readonly maxPages: number },
): Promise<readonly ShownTag[]> {
  const call = { denied: "error", ...(options.signal === undefined ? {} : { signal: options.signal }) } as const;
  const shown: ShownTag[] = [];
  const tags = listTags(client, repository, options);
  const worker = async (): Promise<void> => {
    for await (const tag of tags) {
      const resolution: Resolution = await resolveReference(client, tagReference(repository, tag), call);
      if (resolution.state !== "present") continue;
      const { digest, mediaType } = resolution.descriptor;
      shown.push({ tag, digest, mediaType });
    }
  };
  try {
    // One generator for all: each takes the next tag when it is free.
    await Promise.all(Array.from({ length: lookersAtOnce }, worker));
  } catch (error) {
    if (!isBayplanError(error) || error.code !== "NOT_FOUND") throw error;
  }
  return shown;
}

/** Which indexes of a repository contain what, found from the tags down, at any depth, but not below `except`. */
export async function findParents(
  client: RegistryClient,
  from: { readonly of: RepositoryName; readonly except?: Digest; readonly shown: readonly ShownTag[] },
  call: CallOptions,
): Promise<ReadonlyMap<Digest, ReadonlySet<Digest>>> {
  const { of, except, shown } = from;
  const parents = new Map<Digest, Set<Digest>>();
  const indexes = new Set(shown.filter((one) => isIndexMediaType(one.mediaType)).map((one) => one.digest));
  // The set grows while it is walked: an index inside a tagged one keeps what it contains as much as the tagged one does.
  for (const index of indexes) {
    if (index === except) continue;
    for (const child of await childrenOf(client, digestReference(of, index), call)) {
      parents.set(child.digest, (parents.get(child.digest) ?? new Set()).add(index));
      if (isIndexMediaType(child.mediaType)) indexes.add(child.digest);
    }
  }
  return parents;
}

async function childrenOf(
  client: RegistryClient,
  index: DigestReference,
  call: CallOptions,
): Promise<readonly Descriptor[]> {
  const stored = await fetchManifest(client, index, call);
  const manifest = stored === undefined ? undefined : parseManifest(stored);
  return manifest?.kind === "index" ? manifest.manifests : [];
}
