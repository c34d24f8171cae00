import type { Digest } from "../oci/digest.ts";
import { type DigestReference, digestReference, type RepositoryName } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { fanOutSignal } from "../ports/fan-out-signal.ts";
import type { ManifestCache } from "../ports/manifest-cache.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import type { RegistryAdapter, StoredManifest } from "../ports/registry.ts";
import type { RetentionInventory, RetentionManifest } from "./inventory.ts";
import { listRepository, unknownCode } from "./list-repository.ts";
import { type FactsSource, readManifestFacts } from "./read-manifest-facts.ts";
import { subjectOfTag } from "./referrer-tag.ts";

/** How far the reading is. */
export interface InventoryProgress {
  readonly listed: number;
  /** Manifests whose content is known, from the cache or the registry. */
  readonly read: number;
}

/** How an inventory is read. */
export interface ReadInventoryOptions extends CallOptions {
  /** Where manifests are looked for first and kept: with it each is read once ever. Default none. */
  readonly cache?: ManifestCache;
  /** Whether labels are read, a request for each tagged image. Default false: only `expire-label` needs them. */
  readonly labels?: boolean;
  /**
   * Whether manifests that are not listed may be taken for needing nothing, where the registry cannot list untagged ones.
   * Whoever says so has no image that is only used by digest. Default false: then tags may go there, and no manifest.
   */
  readonly untaggedNeedNothing?: boolean;
  /** Requests at once. Default 16. */
  readonly concurrency?: number;
  /** More than so many, and the inventory is incomplete. Default 1 000 000. */
  readonly maxManifests?: number;
  /** Called now and then. What it throws stops the reading. */
  readonly onProgress?: (progress: InventoryProgress) => void;
}

/**
 * What a repository holds, for `evaluateRetention`: the whole listing first, then what each manifest points at. With a
 * cache that has them, it costs the listing and nothing else. What cannot be learnt is `incomplete` or `unreadable`.
 *
 * Where the registry does not list manifests without a tag, those that the listed ones contain, refer to, or are referred
 * to by (a request for each) are read as well; they have no push time.
 *
 * @throws BayplanError `CANCELLED`, and for a question that cannot be asked, as of a host that is not the adapter's.
 */
export async function readRetentionInventory(
  repository: RepositoryName,
  registry: RegistryAdapter,
  options: ReadInventoryOptions = {},
): Promise<RetentionInventory> {
  const { concurrency = 16, maxManifests = 1_000_000, onProgress, untaggedNeedNothing = false } = options;
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  let listed = 0;
  let read = 0;
  const report = () => onProgress?.({ listed, read });
  const onListed = (count: number) => {
    listed = count;
    report();
  };
  const listing = await listRepository(repository, registry, { ...call, concurrency, maxManifests, onListed });
  const isWhole = registry.inventory !== undefined && registry.inventory.covers === undefined;
  const source: FactsSource = { repository, registry, cache: options.cache, labels: options.labels === true };
  const manifests = new Map<Digest, RetentionManifest>();
  const seen = new Set<Digest>(listing.manifests.map(({ descriptor }) => descriptor.digest));
  let incomplete = listing.incomplete;
  let wave: readonly StoredOrLinked[] = listing.manifests;
  while (wave.length > 0) {
    const next = new Set<Digest>();
    const fan = fanOutSignal(options.signal);
    await mapConcurrently(wave, concurrency, async (one) => {
      const found = await fan.run((own) => readOne(one, source, own));
      read += 1;
      if (read % 1000 === 0) report();
      if (found === undefined) return;
      // Twice in the list: its tags are put together by the evaluation.
      const { digest } = found.descriptor;
      const other = manifests.get(digest);
      manifests.set(digest, other === undefined ? found : { ...other, tags: [...other.tags, ...found.tags] });
      if (isWhole) return;
      for (const link of linksOf(found)) next.add(link);
      const referrers = await fan.run((own) => referrersOf(digestReference(repository, digest), registry, own));
      if ("error" in referrers) incomplete ??= referrers;
      else for (const of of referrers.digests) next.add(of);
    }).finally(fan.close);
    const unseen = [...next].filter((digest) => !seen.has(digest));
    for (const digest of unseen) seen.add(digest);
    if (seen.size > maxManifests) incomplete ??= { error: "INCOMPLETE" };
    wave = seen.size > maxManifests ? [] : unseen.map((digest) => ({ digest }));
  }
  report();
  return {
    repository: { registry: repository.registry, repository: repository.repository },
    manifests: [...manifests.values()],
    ...(incomplete !== undefined && { incomplete }),
    ...(!isWhole && !untaggedNeedNothing && { covers: "tagged" as const }),
    ...(registry.inventory?.refusesReferenced === true && { refusesReferenced: true }),
    untagging: registry.untagging ?? (registry.untag === undefined ? "unsupported" : "any"),
  };
}

async function referrersOf(
  target: DigestReference,
  registry: RegistryAdapter,
  call: CallOptions,
): Promise<{ readonly digests: readonly Digest[] } | { readonly error: string }> {
  const digests: Digest[] = [];
  try {
    for await (const { digest } of registry.referrers?.list(target, call) ?? []) digests.push(digest);
    return { digests };
  } catch (error) {
    return { error: unknownCode(error) };
  }
}

/** Listed, or only known from what another manifest says. */
type StoredOrLinked = StoredManifest | { readonly digest: Digest };

async function readOne(
  one: StoredOrLinked,
  source: FactsSource,
  call: CallOptions,
): Promise<RetentionManifest | undefined> {
  const digest = "descriptor" in one ? one.descriptor.digest : one.digest;
  const tags = "descriptor" in one ? one.tags : [];
  // Labels decide about tags: what has none needs none.
  const facts = await readManifestFacts(digest, { ...source, labels: source.labels && tags.length > 0 }, call);
  if (facts.state === "gone") return undefined;
  const { links, labels, descriptor = { mediaType: "", digest, size: 0 } } = facts;
  return { ...("descriptor" in one ? one : { descriptor, tags }), links, ...(labels !== undefined && { labels }) };
}

/** What it contains and what it is attached to, also by its tags. */
function linksOf({ links, tags }: RetentionManifest): readonly Digest[] {
  const byTag = tags.flatMap((tag) => subjectOfTag(tag) ?? []);
  if (links.state === "unreadable") return byTag;
  return [...byTag, ...links.children, ...(links.subject === undefined ? [] : [links.subject])];
}
