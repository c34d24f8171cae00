import {
  type CallOptions,
  type Descriptor,
  formatReference,
  formatRepository,
  isBayplanError,
  type Reference,
  type RegistryAdapter,
  type Resolution,
  type TagReference,
  throwIfCancelled,
  type Unresolved,
} from "@bayplan/core";
import { concurrently } from "./concurrently.ts";
import { hubRepository, refuseForeign } from "./hub-repository.ts";
import type { KnownDescriptors } from "./known-descriptors.ts";
import { type HubListing, listHubTags } from "./list-hub-tags.ts";

/** What many references are resolved with. */
interface BulkResolver {
  readonly listing: HubListing;
  readonly known: KnownDescriptors;
  /** The registry's own, one HEAD each. */
  readonly ask: NonNullable<RegistryAdapter["resolveMany"]>;
  /** Whether this adapter wrote the tag, so that the Hub API may not have heard of it. */
  readonly wasWritten: (reference: TagReference) => boolean;
}

type Answer = readonly [Reference, Resolution | Unresolved];

interface Group {
  readonly references: readonly TagReference[];
}

const repositoriesAtOnce = 8;

/**
 * What many references point at. Where two tags or more of a repository are asked for, its tags are read from the Hub
 * API, 100 in one request. That tells the digest, not the manifest's size: an answer comes from there only if the
 * descriptor is known, from the registry or the cache. Everything else, above all what is not listed, is asked one by
 * one: absent is only what the registry says is absent.
 */
export async function* resolveMany(
  resolver: BulkResolver,
  references: readonly Reference[],
  options: CallOptions,
): AsyncGenerator<Answer> {
  throwIfCancelled(options.signal);
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const wanted = new Map(references.map((reference) => [formatReference(reference), reference]));
  for (const reference of wanted.values()) refuseForeign(reference);
  const groups = resolver.known.isUseful ? groupsOf([...wanted.values()], resolver.wasWritten) : [];
  const look = (group: Group, inner: CallOptions) => lookUp(resolver, group, inner);
  for await (const answers of concurrently(groups, look, { ...call, atOnce: repositoriesAtOnce })) {
    for (const [reference, descriptor] of answers) {
      throwIfCancelled(options.signal);
      wanted.delete(formatReference(reference));
      yield [reference, { state: "present", descriptor }];
    }
  }
  if (wanted.size > 0) yield* resolver.ask([...wanted.values()], call);
}

/** What one repository's list tells for sure. A list that cannot be read tells nothing. */
async function lookUp(
  { listing, known }: BulkResolver,
  { references }: Group,
  call: CallOptions,
): Promise<readonly (readonly [Reference, Descriptor])[]> {
  const open = new Map(references.map((reference) => [reference.tag, reference]));
  const answers: (readonly [Reference, Descriptor])[] = [];
  const [first] = references;
  if (first === undefined) return answers;
  // A quarter of what asking one by one would cost: tags that nobody pushed for long stand far behind.
  let pagesLeft = Math.max(1, Math.floor(references.length / 4));
  try {
    for await (const tags of listHubTags(listing, first, call)) {
      for (const tag of tags) {
        const reference = open.get(tag.name);
        if (reference === undefined) continue;
        open.delete(tag.name);
        const descriptor = tag.digest === undefined ? undefined : await known.find(tag.digest, call);
        if (descriptor !== undefined) answers.push([reference, descriptor]);
      }
      pagesLeft -= 1;
      if (open.size === 0 || pagesLeft <= 0) break;
    }
  } catch (error) {
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
  }
  return answers;
}

function groupsOf(
  references: readonly Reference[],
  wasWritten: (reference: TagReference) => boolean,
): readonly Group[] {
  const groups = new Map<string, TagReference[]>();
  for (const reference of references) {
    if (reference.kind !== "tag" || wasWritten(reference) || !isListed(reference)) continue;
    const key = formatRepository(reference);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [reference]);
    else group.push(reference);
  }
  return [...groups.values()].filter((group) => group.length > 1).map((group) => ({ references: group }));
}

function isListed(reference: TagReference): boolean {
  try {
    return hubRepository(reference).name !== "";
  } catch {
    // A name that cannot be on Docker Hub: what the registry says of it is the answer.
    return false;
  }
}
