import { compilePattern, type Digest, type Instant, instantToMs, isDigest } from "@bayplan/core";
import type { SimulatedInventory } from "./simulated-inventory.ts";
import { openSimulatedRepository, type SimulatedImage, type SimulatedRepository } from "./simulated-repository.ts";
import { type RetentionSimulation, simulationOf } from "./simulation.ts";
import type { ZotConfig, ZotLimits } from "./zot-retention-schema.ts";

/** How the zot is set up. */
export interface SimulateZotOptions {
  readonly now: Instant;
  /** Whether zot has its database of pushes and pulls; without it only patterns count. */
  readonly hasDatabase: boolean;
}

interface State {
  readonly config: ZotConfig;
  readonly repository: SimulatedRepository;
  readonly nowMs: number;
  readonly hasDatabase: boolean;
  readonly deleted: Set<Digest>;
  readonly untagged: Set<string>;
}

/** What zot's garbage collection does, run after run, until nothing changes any more. */
export function simulateZot(
  config: ZotConfig,
  inventory: SimulatedInventory,
  { now, hasDatabase }: SimulateZotOptions,
): RetentionSimulation {
  const repository = openSimulatedRepository(inventory);
  const nowMs = instantToMs(now);
  const state: State = { config, repository, nowMs, hasDatabase, deleted: new Set(), untagged: new Set() };
  if (repository.unreadable.length > 0 || !repository.isComplete) {
    const detail = "zot gives up on a repository of which it cannot read a manifest.";
    return simulationOf(repository, { warnings: [{ code: "stopped", detail, digests: repository.unreadable }] });
  }
  dropTags(state);
  for (let size = -1; size !== state.deleted.size + state.untagged.size; ) {
    size = state.deleted.size + state.untagged.size;
    if (config.deleteReferrers) dropReferrers(state);
    if (config.deleteUntagged) dropUntagged(state);
    if (!config.isDryRun) dropGhosts(state);
  }
  if (config.isDryRun) return simulationOf(repository, { planned: state.deleted });
  return simulationOf(repository, state);
}

/** A tag that no entry fits goes; one that an entry fits goes when none of the entry's limits keeps it. */
function dropTags({ config, repository, nowMs, hasDatabase, untagged }: State): void {
  if (config.keepTags.length === 0) return;
  const entries = config.keepTags.map((entry) => ({
    entry,
    patterns: entry.patterns.map((source) => compilePattern(source)),
    tags: [] as { readonly tag: string; readonly image: SimulatedImage }[],
  }));
  for (const image of repository.images) {
    for (const tag of image.tags) {
      // The database knows signatures by what they sign, not as tags, and keeps what it has no numbers of.
      if (hasDatabase && (image.manifest.hasStatistics === false || cosignSubject(tag) !== undefined)) continue;
      const own = entries.find(
        ({ patterns }) => patterns.length === 0 || patterns.some((pattern) => pattern.exec(tag) !== undefined),
      );
      if (own === undefined) untagged.add(tag);
      else own.tags.push({ tag, image });
    }
  }
  if (!hasDatabase) return;
  for (const { entry, tags } of entries) {
    if (!isLimited(entry)) continue;
    const kept = new Set(keptBy(entry, tags, nowMs).map(({ tag }) => tag));
    for (const { tag } of tags) if (!kept.has(tag)) untagged.add(tag);
  }
}

function isLimited(limits: ZotLimits): boolean {
  const { pulledWithinMs, pushedWithinMs, pulledCount, pushedCount } = limits;
  return [pulledWithinMs, pushedWithinMs, pulledCount, pushedCount].some((limit) => limit !== undefined);
}

/** Those that at least one limit keeps. */
function keptBy<Item extends { readonly image: SimulatedImage }>(
  { pulledWithinMs, pushedWithinMs, pulledCount, pushedCount }: ZotLimits,
  items: readonly Item[],
  nowMs: number,
): readonly Item[] {
  const pushed = ({ image }: Item) => image.pushedMs ?? Number.NEGATIVE_INFINITY;
  const pulled = ({ image }: Item) => image.pulledMs ?? Number.NEGATIVE_INFINITY;
  const newest = (timeOf: (item: Item) => number, count: number | undefined) =>
    items.toSorted((left, right) => compareItems(left, right, timeOf)).slice(0, count ?? 0);
  return [
    ...newest(pulled, pulledCount),
    ...newest(pushed, pushedCount),
    ...items.filter((item) => {
      if (pushedWithinMs !== undefined && pushed(item) > nowMs - pushedWithinMs) return true;
      return pulledWithinMs !== undefined && Math.max(pulled(item), pushed(item)) > nowMs - pulledWithinMs;
    }),
  ];
}

function compareItems<Item extends { readonly image: SimulatedImage }>(
  left: Item,
  right: Item,
  timeOf: (item: Item) => number,
): number {
  const [one, other] = [timeOf(left), timeOf(right)];
  if (one !== other) return other > one ? 1 : -1;
  // Tags of one image are counted apart, in the order of the listing.
  if (left.image === right.image) return 0;
  return right.image.digest > left.image.digest ? 1 : -1;
}

/** What is attached to something that is not there goes, with all its tags; a signature's tag is enough to be attached. */
function dropReferrers(state: State): void {
  const { repository, deleted, untagged } = state;
  const isThere = (digest: Digest) => repository.image(digest) !== undefined && !deleted.has(digest);
  for (const image of repository.images) {
    if (deleted.has(image.digest) || !isOldEnough(image, state)) continue;
    if (image.subject !== undefined && !isThere(image.subject)) {
      deleted.add(image.digest);
      continue;
    }
    for (const tag of image.tags) {
      const subject = cosignSubject(tag);
      if (subject !== undefined && !isThere(subject)) untagged.add(tag);
    }
  }
}

/** What has no tag, is in no index and attached to nothing goes unless `keepUntagged` keeps it. */
function dropUntagged(state: State): void {
  const { config, repository, deleted, untagged, nowMs, hasDatabase } = state;
  const loose = repository.images.filter(({ digest, tags, subject }) => {
    if (deleted.has(digest) || subject !== undefined || tags.some((tag) => !untagged.has(tag))) return false;
    return repository.parentsOf(digest).every((parent) => deleted.has(parent));
  });
  const kept = new Set<Digest>();
  if (hasDatabase && config.keepUntagged !== undefined && isLimited(config.keepUntagged)) {
    const items = loose.filter(({ manifest }) => manifest.hasStatistics !== false).map((image) => ({ image }));
    for (const { image } of keptBy(config.keepUntagged, items, nowMs)) kept.add(image.digest);
    for (const { digest, manifest } of loose) if (manifest.hasStatistics === false) kept.add(digest);
  }
  for (const image of loose) if (!kept.has(image.digest) && isOldEnough(image, state)) deleted.add(image.digest);
}

/** An index of which nothing is left goes, tags and all; an empty one and one of which something is left stay. */
function dropGhosts({ repository, deleted }: State): void {
  for (const { digest, isIndex, children } of repository.images) {
    if (!isIndex || children.length === 0) continue;
    if (children.every((child) => repository.image(child) === undefined)) deleted.add(digest);
  }
}

function isOldEnough({ pushedMs }: SimulatedImage, { config, nowMs }: State): boolean {
  return pushedMs !== undefined && pushedMs + config.delayMs <= nowMs;
}

function cosignSubject(tag: string): Digest | undefined {
  const [, hex] = /^sha256-([0-9a-f]{64})\.(?:sig|sbom)$/.exec(tag) ?? [];
  const digest = `sha256:${hex}`;
  return isDigest(digest) ? digest : undefined;
}
