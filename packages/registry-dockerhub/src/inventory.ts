import {
  BayplanError,
  type CallOptions,
  type Descriptor,
  type Digest,
  digestReference,
  formatReference,
  formatRepository,
  type Instant,
  instantToMs,
  isBayplanError,
  type Reference,
  type RepositoryName,
  type Resolution,
  type StoredManifest,
  tagReference,
} from "@bayplan/core";
import type { OciRegistry } from "@bayplan/registry-oci";
import type { DescriptorMemory } from "@bayplan/runtime";
import { type HubListing, type HubTag, listHubTags } from "./list-hub-tags.ts";

/** What an inventory is made with. */
interface InventorySource {
  readonly listing: HubListing;
  readonly known: DescriptorMemory;
  /** The registry's own. */
  readonly registry: Pick<OciRegistry, "listTags" | "resolveMany">;
}

/** A tag and the digest that it shows. */
export type ShownHubTag = HubTag & { readonly digest: Digest };

/**
 * Every tagged manifest of a repository with the times of its tags. Untagged ones (platforms of an index, what a moved
 * tag left behind) are not listed: Docker Hub has no list of them.
 */
export async function* listInventory(
  source: InventorySource,
  repository: RepositoryName,
  options: CallOptions,
): AsyncGenerator<StoredManifest> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const byDigest = new Map<Digest, ShownHubTag[]>();
  for (const tag of await showAllTags(source, repository, call)) {
    const own = byDigest.get(tag.digest);
    if (own === undefined) byDigest.set(tag.digest, [tag]);
    else own.push(tag);
  }
  const unknown: Digest[] = [];
  for (const [digest, tags] of byDigest) {
    const descriptor = await source.known.find(digest, call);
    if (descriptor === undefined) unknown.push(digest);
    else yield manifestOf(descriptor, tags);
  }
  const references = unknown.map((digest) => digestReference(repository, digest));
  for await (const [, descriptor] of present(source, references, call)) {
    yield manifestOf(descriptor, byDigest.get(descriptor.digest) ?? []);
  }
}

/** All tags and what they show; those whose digest the Hub API does not tell are asked of the registry. */
export async function showAllTags(
  source: InventorySource,
  repository: RepositoryName,
  call: CallOptions,
): Promise<readonly ShownHubTag[]> {
  const shown: ShownHubTag[] = [];
  const silent = new Map<string, HubTag>();
  try {
    for await (const tags of listHubTags(source.listing, repository, call)) {
      for (const tag of tags) {
        const { digest } = tag;
        if (digest === undefined) silent.set(formatReference(tagReference(repository, tag.name)), tag);
        else shown.push({ ...tag, digest });
      }
    }
  } catch (error) {
    if (!isBayplanError(error) || error.code !== "NOT_FOUND") throw error;
    await confirmEmpty(source, repository, call);
    throw error;
  }
  // Also said of namespaces that do not exist: https://github.com/docker/hub-feedback/issues/2357
  if (shown.length === 0 && silent.size === 0) await confirmEmpty(source, repository, call);
  const references = [...silent.values()].map((tag) => tagReference(repository, tag.name));
  for await (const [reference, { digest }] of present(source, references, call)) {
    const tag = silent.get(formatReference(reference));
    if (tag !== undefined) shown.push({ ...tag, digest });
  }
  return shown;
}

/** Lets the registry say whether there is such a repository, and whether it is empty. Throws what it throws. */
async function confirmEmpty({ registry }: InventorySource, repository: RepositoryName, call: CallOptions) {
  for await (const tag of registry.listTags(repository, call)) {
    throw new BayplanError(
      "INCOMPLETE",
      `The Hub API shows no tags of ${formatRepository(repository)}, the registry has ${tag}. Check that the account may use the Hub API for it.`,
    );
  }
}

async function* present(
  { registry }: InventorySource,
  references: readonly Reference[],
  call: CallOptions,
): AsyncGenerator<readonly [Reference, Descriptor]> {
  if (references.length === 0) return;
  for await (const [reference, answer] of registry.resolveMany(references, call)) {
    if (answer.state === "present") yield [reference, answer.descriptor];
    else throw answer.state === "unknown" ? answer.error : gone(reference, answer);
  }
}

function gone(reference: Reference, { state }: Resolution): BayplanError {
  return new BayplanError(
    "INCOMPLETE",
    `The Hub API lists ${formatReference(reference)}, for the registry it is ${state}. Nothing can be concluded; list again.`,
  );
}

function manifestOf(descriptor: Descriptor, tags: readonly ShownHubTag[]): StoredManifest {
  const pushed = tags.map((tag) => tag.pushedAt);
  // Of one tag without a time nobody knows that it is old.
  const pushedAt = pushed.includes(undefined) ? undefined : latest(pushed);
  const pulledAt = latest(tags.map((tag) => tag.pulledAt));
  return {
    descriptor,
    tags: tags.map((tag) => tag.name),
    ...(pushedAt === undefined ? {} : { pushedAt }),
    ...(pulledAt === undefined ? {} : { pulledAt }),
  };
}

function latest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  return instants.reduce<Instant | undefined>((left, right) => {
    if (left === undefined || right === undefined) return left ?? right;
    return instantToMs(left) < instantToMs(right) ? right : left;
  }, undefined);
}
