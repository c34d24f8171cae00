import {
  type BayplanError,
  type BulkResolution,
  type CallOptions,
  formatReference,
  formatRepository,
  isBayplanError,
  type Reference,
  type TagReference,
  throwIfCancelled,
} from "@bayplan/core";
import type { OciRegistry } from "@bayplan/registry-oci";
import type { DescriptorMemory } from "@bayplan/runtime";
import { concurrently } from "./concurrently.ts";
import { hubRepository, refuseForeign } from "./hub-repository.ts";
import { type HubListing, type HubTag, listHubTags } from "./list-hub-tags.ts";

/** What many references are resolved with. */
interface BulkResolver {
  readonly listing: HubListing;
  readonly known: DescriptorMemory;
  /** The registry's own, one HEAD each. */
  readonly ask: OciRegistry["resolveMany"];
  /** Whether this adapter wrote the tag, so that the Hub API may not have heard of it. */
  readonly wasWritten: (reference: TagReference) => boolean;
}

type Answer = readonly [Reference, BulkResolution];

interface Group {
  readonly references: readonly TagReference[];
}

const repositoriesAtOnce = 8;

/**
 * What many references point at. Where two tags or more of a repository are asked for, its tags are read from the Hub
 * API, 100 in one request. That tells the digest and mostly the media type; the rest of a descriptor is there if it is
 * known, from the registry or the cache. What the list does not tell is asked one by one: absent is only what the
 * registry says is absent. No more lists are read once the Hub API refuses one, or fails.
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
  const groups = groupsOf([...wanted.values()], resolver.wasWritten);
  let isOver = false;
  const look = async (group: Group, inner: CallOptions): Promise<readonly Answer[]> => {
    if (isOver) return [];
    const { answers, failure } = await lookUp(resolver, group, inner);
    // Of a repository that is missing, or changes meanwhile, nothing follows for the others.
    if (failure !== undefined && !["NOT_FOUND", "INCOMPLETE"].includes(failure.code)) isOver = true;
    return answers;
  };
  for await (const answers of concurrently(groups, look, { ...call, atOnce: repositoriesAtOnce })) {
    for (const answer of answers) {
      throwIfCancelled(options.signal);
      wanted.delete(formatReference(answer[0]));
      yield answer;
    }
  }
  if (wanted.size > 0) yield* resolver.ask([...wanted.values()], call);
}

/** What one repository's list tells, as far as it could be read. */
async function lookUp(
  { listing, known }: BulkResolver,
  { references }: Group,
  call: CallOptions,
): Promise<{ readonly answers: readonly Answer[]; readonly failure?: BayplanError }> {
  const open = new Map(references.map((reference) => [reference.tag, reference]));
  const answers: Answer[] = [];
  const [first] = references;
  if (first === undefined) return { answers };
  // A quarter of what asking one by one would cost: tags that nobody pushed for long stand far behind.
  let pagesLeft = Math.max(1, Math.floor(references.length / 4));
  try {
    for await (const tags of listHubTags(listing, first, call)) {
      for (const tag of tags) {
        const reference = open.get(tag.name);
        if (reference === undefined) continue;
        open.delete(tag.name);
        const descriptor = await describe(tag, known, call);
        if (descriptor !== undefined) answers.push([reference, { state: "present", descriptor }]);
      }
      pagesLeft -= 1;
      if (open.size === 0 || pagesLeft <= 0) break;
    }
  } catch (error) {
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
    return { answers, failure: error };
  }
  return { answers };
}

/** `undefined` for a tag whose digest the Hub API does not tell. */
async function describe({ digest, mediaType }: HubTag, known: DescriptorMemory, call: CallOptions) {
  if (digest === undefined) return undefined;
  return (await known.find(digest, call)) ?? { digest, ...(mediaType === undefined ? {} : { mediaType }) };
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
