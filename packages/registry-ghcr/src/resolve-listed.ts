import {
  BayplanError,
  type BulkResolution,
  type CallOptions,
  type Digest,
  formatReference,
  formatRepository,
  isBayplanError,
  type Reference,
  type TagReference,
  throwIfCancelled,
} from "@bayplan/core";
import type { OciRegistry } from "@bayplan/registry-oci";
import type { DescriptorMemory } from "@bayplan/runtime";
import type { Packages, PackageVersion } from "./packages.ts";

/** What many references are resolved with. */
interface ResolveListedContext {
  readonly hosts: readonly string[];
  readonly packages: Packages;
  readonly descriptors: DescriptorMemory;
  /** Asks the registry itself. */
  readonly ask: OciRegistry["resolveMany"];
  /** Whether this adapter wrote the tag, so that GitHub's lists may not have heard of it. */
  readonly wasWritten: (reference: TagReference) => boolean;
}

type Answer = readonly [Reference, BulkResolution];

interface Listed {
  readonly answers: readonly Answer[];
  readonly rest: readonly TagReference[];
  readonly pages: number;
}

const listingsAtOnce = 8;
// Whether lists pay is known after that many.
const trialListings = 4;

/**
 * What many references point at. Several tags of one package are looked up in GitHub's list of its versions, 100 for one
 * request; where that does not tell, the registry is asked by HEAD. A list tells the digest alone; media type and size
 * are there where they are known, from answers before or from the manifest cache. It may be some seconds old, so nothing
 * is absent because a list lacks it.
 */
export async function* resolveListed(
  references: readonly Reference[],
  context: ResolveListedContext,
  call: CallOptions,
): AsyncGenerator<Answer> {
  throwIfCancelled(call.signal);
  const wanted = [...new Map(references.map((reference) => [formatReference(reference), reference])).values()];
  refuseForeign(wanted, context.hosts);
  const { groups, rest } = group(wanted, context.wasWritten);
  const score = { listings: 0, pages: 0, answers: 0, isOver: false };

  async function list(tags: readonly TagReference[]): Promise<Listed> {
    const isPaying = score.listings < trialListings || score.answers > score.pages;
    if (score.isOver || !isPaying) return { answers: [], rest: tags, pages: 0 };
    try {
      const listed = await lookUp(tags, context, call);
      score.listings += 1;
      score.pages += listed.pages;
      score.answers += listed.answers.length;
      return listed;
    } catch (error) {
      if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
      // A missing or hidden package says nothing about the others, but cost a request; anything else may well come again.
      if (error.code !== "NOT_FOUND") score.isOver = true;
      score.listings += 1;
      score.pages += 1;
      return { answers: [], rest: tags, pages: 1 };
    }
  }

  for (let start = 0; start < groups.length; ) {
    // The first few alone: they tell whether the others are worth it.
    const count = score.listings < trialListings ? trialListings : listingsAtOnce;
    const listed = await Promise.all(groups.slice(start, start + count).map(list));
    start += count;
    for (const { answers, rest: unanswered } of listed) {
      rest.push(...unanswered);
      for (const answer of answers) {
        throwIfCancelled(call.signal);
        yield answer;
      }
    }
  }
  yield* context.ask(rest, call);
}

/** Reads lists only as far as each further page may answer more than the one request that it costs. */
async function lookUp(
  tags: readonly TagReference[],
  { packages, descriptors }: ResolveListedContext,
  call: CallOptions,
): Promise<Listed> {
  const [first] = tags;
  if (first === undefined) return { answers: [], rest: [], pages: 0 };
  const open = new Set(tags.map(({ tag }) => tag));
  const shown = new Map<string, Digest | "contradictory">();
  let pages = 0;
  for await (const page of packages.pages(first, call)) {
    pages += 1;
    const before = shown.size;
    const found = page.flatMap((version) => tagsOf(version, open));
    for (const [tag, digest] of found) {
      const other = shown.get(tag);
      // On two pages at once: it was moved while they were read.
      shown.set(tag, other === undefined || other === digest ? digest : "contradictory");
    }
    if (shown.size === before || open.size - shown.size < 2) break;
  }
  const answers: Answer[] = [];
  const rest: TagReference[] = [];
  for (const reference of tags) {
    const digest = shown.get(reference.tag) ?? "contradictory";
    if (digest === "contradictory") {
      rest.push(reference);
      continue;
    }
    const descriptor = (await descriptors.find(digest, call)) ?? { digest };
    answers.push([reference, { state: "present", descriptor }]);
  }
  return { answers, rest, pages };
}

function tagsOf({ tags, digest }: PackageVersion, wanted: ReadonlySet<string>): readonly (readonly [string, Digest])[] {
  return tags.filter((tag) => wanted.has(tag)).map((tag) => [tag, digest]);
}

/** Two tags of a package and more are worth a list; digests, single tags and those just written are asked one by one. */
function group(
  references: readonly Reference[],
  wasWritten: (reference: TagReference) => boolean,
): { readonly groups: readonly (readonly TagReference[])[]; readonly rest: Reference[] } {
  const byPackage = new Map<string, TagReference[]>();
  const rest: Reference[] = [];
  for (const reference of references) {
    if (reference.kind === "digest" || wasWritten(reference)) {
      rest.push(reference);
      continue;
    }
    const name = formatRepository(reference);
    const own = byPackage.get(name);
    if (own === undefined) byPackage.set(name, [reference]);
    else own.push(reference);
  }
  const groups: TagReference[][] = [];
  for (const own of byPackage.values()) {
    if (own.length < 2) rest.push(...own);
    else groups.push(own);
  }
  return { groups, rest };
}

function refuseForeign(references: readonly Reference[], hosts: readonly string[]): void {
  const foreign = references.find(({ registry }) => !hosts.includes(registry));
  if (foreign === undefined) return;
  throw new BayplanError(
    "NOT_ALLOWED",
    `This adapter answers for ${hosts.join(", ")}, not for ${foreign.registry}. Use another adapter, or add the host.`,
  );
}
