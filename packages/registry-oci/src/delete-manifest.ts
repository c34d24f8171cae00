import {
  BayplanError,
  type CallOptions,
  type DeleteExpectation,
  type Descriptor,
  type Digest,
  type DigestReference,
  digestReference,
  formatReference,
  isBayplanError,
  isIndexMediaType,
  parseManifest,
  type RepositoryName,
  type Resolution,
  tagReference,
} from "@bayplan/core";
import { listTags } from "./list-tags.ts";
import { confirmAbsent, registryError } from "./oci-errors.ts";
import { fetchManifest, resolveReference } from "./read-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";

type Listing = CallOptions & { readonly pageSize: number; readonly maxPages: number };

const lookersAtOnce = 8;

/**
 * Deletes a manifest by its digest after looking whether it is still used as expected: the tags that show it must be
 * the expected ones, and no index beside the expected parents may contain it. Nothing is deleted otherwise. Indexes are
 * found from the tags down, at any depth: the specification knows no list of others, so those cannot be seen. Nor can it
 * delete on a condition: what happens between the look and the deletion is not noticed.
 *
 * @throws BayplanError `TAG_MOVED` for other tags, `PLAN_STALE` for other parents, `UNSUPPORTED` where the registry
 * does not delete.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 */
export async function deleteManifest(
  client: RegistryClient,
  order: { readonly target: DigestReference; readonly expected: DeleteExpectation },
  options: Listing,
): Promise<void> {
  const { target, expected } = order;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const doing = `Deleting ${formatReference(target)}`;
  const look = { ...call, denied: "error" } as const;
  if ((await resolveReference(client, target, look)).state === "absent") return;
  const shown = await allTags(client, target, options);
  const tags = shown.filter(([, digest]) => digest === target.digest).map(([tag]) => tag);
  const [found, wanted] = [tags, expected.tags].map((names) => [...new Set(names)].sort().join(", "));
  if (found !== wanted) {
    const message = `${doing} was refused: it is tagged with "${found}" instead of "${wanted}". Nothing was deleted; plan again.`;
    throw new BayplanError("TAG_MOVED", message);
  }
  const indexes = new Set(shown.filter(([, , isIndex]) => isIndex).map(([, digest]) => digest));
  // The set grows while it is walked: an index inside a tagged one keeps what it contains as much as the tagged one does.
  for (const index of indexes) {
    if (index === target.digest) continue;
    for (const child of await childrenOf(client, digestReference(target, index), call)) {
      if (child.digest === target.digest && !expected.parents.includes(index)) {
        const message = `${doing} was refused: ${index} contains it, which was not expected. Nothing was deleted; plan again.`;
        throw new BayplanError("PLAN_STALE", message);
      }
      if (isIndexMediaType(child.mediaType)) indexes.add(child.digest);
    }
  }
  const path = `manifests/${target.digest}`;
  const response = await client.request(target, { method: "DELETE", path, actions: "delete,pull" }, call);
  if (response.status === 404) return confirmAbsent(response, doing);
  if (response.status < 200 || response.status >= 300) throw registryError(response, doing);
}

type Shown = readonly [tag: string, digest: Digest, isIndex: boolean];

async function allTags(
  client: RegistryClient,
  repository: RepositoryName,
  options: Listing,
): Promise<readonly Shown[]> {
  const call = { denied: "error", ...(options.signal === undefined ? {} : { signal: options.signal }) } as const;
  const shown: Shown[] = [];
  const tags = listTags(client, repository, options);
  const worker = async (): Promise<void> => {
    for await (const tag of tags) {
      const resolution: Resolution = await resolveReference(client, tagReference(repository, tag), call);
      if (resolution.state !== "present") continue;
      shown.push([tag, resolution.descriptor.digest, isIndexMediaType(resolution.descriptor.mediaType)]);
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

async function childrenOf(
  client: RegistryClient,
  index: DigestReference,
  call: CallOptions,
): Promise<readonly Descriptor[]> {
  const stored = await fetchManifest(client, index, call);
  const manifest = stored === undefined ? undefined : parseManifest(stored);
  return manifest?.kind === "index" ? manifest.manifests : [];
}
