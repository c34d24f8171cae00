import type { Family } from "../definition/family.ts";
import { parseInstant } from "../instant.ts";
import { type Digest, digestOfText } from "../oci/digest.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, formatRepository } from "../oci/reference.ts";
import { familyNodes } from "./family-nodes.ts";
import type { ImageFact } from "./image-fact.ts";
import { imagineVersion } from "./imagine-version.ts";
import type { ReferenceFact, ReleaseState, SourceFact, TagsFact } from "./release-state.ts";
import { askedSources, requirements, tagReferences } from "./requirements.ts";
import { selectRequest } from "./select-request.ts";

/** How many requests a registry will get. */
export interface RequestCount {
  /** References that are resolved. */
  readonly references: number;
  /** Calls for many references at once, where the adapter has them: how many requests each takes is the vendor's matter. */
  readonly bulkCalls: number;
  /** References that are still resolved alone then. */
  readonly alone: number;
  /** Listings of tags, each a page or more. */
  readonly listings: number;
  /** Manifests and configs that are read. */
  readonly reads: number;
  /** All of it, one reference at a time. */
  readonly oneByOne: number;
  /** All of it, with many references at once. */
  readonly inBulk: number;
}

/** What observing a family will cost. */
export interface ObservationPreview {
  /** Sources that are asked, each once; how many pages they have is theirs. */
  readonly sources: readonly string[];
  readonly registries: readonly {
    readonly registry: string;
    /** When everything is there already. */
    readonly atLeast: RequestCount;
    /** When something of everything must be asked. Without retries, and with one page for each listing. */
    readonly atMost: RequestCount;
  }[];
  /** Ids of legs that are not counted, because no version of theirs could be imagined or there is none. */
  readonly uncounted: readonly string[];
}

type World =
  /** Everything is there and right. */
  | "settled"
  /** Everything is built and nothing is promoted. */
  | "staged"
  /** Everything is there and nothing is proven. */
  | "unproven"
  /** Everything is there and built again, and nothing of that is promoted. */
  | "restaged";

/**
 * Counts what `observeState` will ask, before anything is asked: by going through it with answers that are made up. What
 * `facts` know already is taken from there, for example a state with the sources only.
 *
 * @throws BayplanError `INVALID_TAG` as `observeState` does.
 */
export function previewObservation(family: Family, facts?: ReleaseState): ObservationPreview {
  const known: ReleaseState = facts ?? {
    formatVersion: 1,
    observedAt: parseInstant("2026-01-01T00:00:00Z"),
    sources: {},
    references: {},
    tags: {},
  };
  const { imagined, uncounted } = imagine(family, known);
  const least = count(imagined, known, "settled");
  const others = (["staged", "unproven", "restaged"] as const).map((world) => count(imagined, known, world));
  const hosts = [...new Set([least, ...others].flatMap((world) => [...world.keys()]))].sort();
  return {
    sources: askedSources(family).filter((source) => !Object.hasOwn(known.sources, source)),
    registries: hosts.map((registry) => ({
      registry,
      atLeast: totalOf(least.get(registry) ?? emptyTally()),
      atMost: totalOf(union([least, ...others].flatMap((world) => world.get(registry) ?? []))),
    })),
    uncounted,
  };
}

/** The family with every version fixed: those that are known, and for the others one that could be. */
function imagine(
  family: Family,
  facts: ReleaseState,
): { readonly imagined: Family; readonly uncounted: readonly string[] } {
  const uncounted: string[] = [];
  const legs = family.legs.flatMap((leg, place) => {
    const selected = selectRequest(leg, facts, facts.observedAt);
    const fixed =
      selected === undefined ? imagineVersion(leg, place) : selected.state === "picked" ? selected.version : undefined;
    if (fixed === undefined) uncounted.push(leg.id);
    return fixed === undefined ? [] : [{ ...leg, fixed }];
  });
  // Which version a companion has does not change how much is asked.
  const companions = Object.entries(family.companions).map(
    ([name, request]) => [name, { ...request, fixed: request.fixed ?? "1" }] as const,
  );
  return { imagined: { ...family, legs, companions: Object.fromEntries(companions) }, uncounted };
}

interface Tally {
  readonly references: Set<string>;
  readonly listings: Set<string>;
  /** Requests by what is read. */
  readonly reads: Map<string, number>;
  bulkCalls: number;
  alone: number;
}

function emptyTally(): Tally {
  return { references: new Set(), listings: new Set(), reads: new Map(), bulkCalls: 0, alone: 0 };
}

function count(family: Family, known: ReleaseState, world: World): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  const tallyOf = (registry: string): Tally => {
    const tally = tallies.get(registry) ?? emptyTally();
    tallies.set(registry, tally);
    return tally;
  };
  const facts = {
    ...known,
    sources: { ...known.sources } as Record<string, SourceFact>,
    references: { ...known.references } as Record<string, ReferenceFact>,
    tags: { ...known.tags } as Record<string, TagsFact>,
    images: { ...known.images } as Record<string, ImageFact>,
  };
  const answers = madeUp(family, facts, world);
  for (let open = requirements(family, facts); open.length > 0; open = requirements(family, facts)) {
    const resolved = new Map<string, number>();
    for (const requirement of open) {
      if (requirement.kind === "source") facts.sources[requirement.source] = nobody;
      if (requirement.kind === "tags") {
        const repository = formatRepository(requirement.repository);
        tallyOf(requirement.repository.registry).listings.add(repository);
        facts.tags[repository] = { state: "complete", tags: [] };
      }
      if (requirement.kind === "image") {
        const key = formatReference(requirement.reference);
        tallyOf(requirement.reference.registry).reads.set(`image ${key}`, answers.readsOfImage);
        facts.images[key] = answers.image;
      }
      if (requirement.kind !== "reference") continue;
      const { reference, platforms } = requirement;
      const key = formatReference(reference);
      const tally = tallyOf(reference.registry);
      const earlier = Object.hasOwn(facts.references, key) ? facts.references[key] : undefined;
      if (earlier === undefined) {
        tally.references.add(key);
        resolved.set(reference.registry, (resolved.get(reference.registry) ?? 0) + 1);
      }
      const answer = earlier === undefined || earlier.state === "present" ? answers.of(key) : earlier;
      facts.references[key] = answer;
      if (platforms && answer.state === "present") tally.reads.set(`platforms ${key}`, answers.readsOfPlatforms);
    }
    for (const [registry, number] of resolved) {
      const tally = tallyOf(registry);
      if (number > 1) tally.bulkCalls += 1;
      else tally.alone += number;
    }
  }
  return tallies;
}

/** Everything that is asked in any of the worlds: parts of a family may be in different ones. */
function union(tallies: readonly Tally[]): Tally {
  const all = emptyTally();
  for (const { references, listings, reads, bulkCalls, alone } of tallies) {
    for (const key of references) all.references.add(key);
    for (const key of listings) all.listings.add(key);
    for (const [key, number] of reads) all.reads.set(key, Math.max(all.reads.get(key) ?? 0, number));
    all.bulkCalls = Math.max(all.bulkCalls, bulkCalls);
    all.alone = Math.max(all.alone, alone);
  }
  return all;
}

/** The answers of a world. */
function madeUp(family: Family, facts: ReleaseState, world: World) {
  const nodes = familyNodes(family, facts, facts.observedAt).nodes;
  const published = new Set(nodes.flatMap((node) => [node.reference, ...tagReferences(node).map(formatReference)]));
  const bases = new Set(
    family.images.flatMap(({ bases: own }) =>
      own.flatMap((base) => (base.kind === "external" ? [formatReference(base.reference)] : [])),
    ),
  );
  const names = [...new Set(family.images.flatMap(({ platforms }) => platforms.map(formatPlatform)))];
  const presentAs = (digest: Digest): ReferenceFact => ({
    state: "present",
    digest,
    platforms: Object.fromEntries(names.map((name) => [name, digest])),
  });
  const digest = digestOfText("imagined");
  const [present, again] = [presentAs(digest), presentAs(digestOfText("imagined again"))];
  const image: ImageFact = {
    state: "read",
    platforms: Object.fromEntries(names.map((name) => [name, { digest, base: {}, diffIds: [], history: [] }])),
  };
  const of = (key: string): ReferenceFact => {
    if (world === "settled" || bases.has(key)) return present;
    // What is neither published nor a base is a staging tag.
    if (!published.has(key)) return world === "unproven" ? { state: "absent" } : again;
    return world === "staged" ? { state: "absent" } : present;
  };
  const isSmall = world === "settled";
  // An index names its platforms; a single manifest does not, and an index of n takes two reads for each to be described.
  const readsOfImage = isSmall || names.length < 2 ? 2 : 1 + 2 * names.length;
  return { of, image, readsOfPlatforms: isSmall ? 1 : 2, readsOfImage };
}

function totalOf(tally: Tally): RequestCount {
  const { bulkCalls, alone } = tally;
  const [references, listings] = [tally.references.size, tally.listings.size];
  const reads = [...tally.reads.values()].reduce((sum, number) => sum + number, 0);
  const rest = listings + reads;
  return {
    references,
    bulkCalls,
    alone,
    listings,
    reads,
    oneByOne: references + rest,
    inBulk: bulkCalls + alone + rest,
  };
}

const nobody: SourceFact = { state: "unknown", error: "INCOMPLETE", message: "Nobody was asked." };
