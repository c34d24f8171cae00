import { type Digest, type Instant, instantToMs } from "@bayplan/core";
import type { GhcrCleanupConfig } from "./ghcr-cleanup-inputs.ts";
import { createGhcrDeletion } from "./ghcr-deletion.ts";
import { createGhcrPackage, type GhcrPackage } from "./ghcr-package.ts";
import type { SimulatedInventory } from "./simulated-inventory.ts";
import { openSimulatedRepository } from "./simulated-repository.ts";
import { type RetentionSimulation, type RetentionWarning, simulationOf, warningAbout } from "./simulation.ts";

/** What ghcr-cleanup-action does, quirks included, when every listing it takes is up to date. */
export function simulateGhcrCleanup(
  config: GhcrCleanupConfig,
  inventory: SimulatedInventory,
  now: Instant,
): RetentionSimulation {
  const repository = openSimulatedRepository(inventory);
  if (!repository.isComplete || repository.unreadable.length > 0) {
    const detail = "The action fails when a page or a manifest cannot be read.";
    return simulationOf(repository, { warnings: [{ code: "stopped", detail }] });
  }
  const ghcr = createGhcrPackage(repository);
  const untagged = new Set<string>();
  const announced = new Set<Digest>();
  const nowMs = instantToMs(now);
  let working = workingSet(ghcr, config, nowMs);
  const doomed = new Set<Digest>();
  const matched = matchedTags(ghcr, config, working);
  const untags = untagOperations(ghcr, config, working);
  if (untags.length > 0) {
    for (const { tag, digest } of untags) {
      if (config.isDryRun) announced.add(digest);
      else {
        untagged.add(tag);
        ghcr.untag(tag);
      }
    }
    working = workingSet(ghcr, config, nowMs);
  }
  for (const digest of directDeletions(ghcr, config, working)) doomed.add(digest);
  for (const digest of invalidImages(ghcr, config, working)) {
    doomed.add(digest);
    working.delete(digest);
  }
  for (const digest of beyondKept(ghcr, config, working)) doomed.add(digest);
  const deleted = createGhcrDeletion(ghcr)(doomed);
  for (const digest of deleted) announced.add(digest);
  const warnings = dangers(ghcr, config, { deleted, matched });
  if (config.isDryRun) return simulationOf(repository, { planned: announced, warnings });
  return simulationOf(repository, { deleted, untagged, planned: deleted, warnings });
}

/** Top-level images that are neither excluded nor too young, in the order of the listing. */
function workingSet(ghcr: GhcrPackage, config: GhcrCleanupConfig, nowMs: number): Set<Digest> {
  const working = ghcr.topLevel();
  const { excludeTags, olderThanMs } = config;
  for (const { digest, pushedMs } of ghcr.repository.images) {
    const isExcluded = [digest, ...ghcr.tagsOf(digest)].some((text) => excludeTags?.test(text) === true);
    // An unknown date stays in question, as in the original.
    const isYoung = olderThanMs !== undefined && pushedMs !== undefined && pushedMs >= nowMs - olderThanMs;
    if (isExcluded || isYoung) working.delete(digest);
  }
  return working;
}

/** Tags and digests that `delete-tags` means, images first, in the order of the working set. */
function matchedTags(ghcr: GhcrPackage, { deleteTags }: GhcrCleanupConfig, working: ReadonlySet<Digest>): string[] {
  if (deleteTags === undefined) return [];
  const tags = [...working].flatMap((digest) => ghcr.tagsOf(digest).filter(deleteTags.test));
  return [...tags, ...[...working].filter(deleteTags.test)];
}

interface UntagOperation {
  readonly tag: string;
  readonly digest: Digest;
}

function untagOperations(
  ghcr: GhcrPackage,
  config: GhcrCleanupConfig,
  working: ReadonlySet<Digest>,
): readonly UntagOperation[] {
  const perImage = new Map<Digest, string[]>();
  const spared = new Set(
    config.keepTagged === undefined ? [] : keepable(ghcr, config, working).slice(0, config.keepTagged),
  );
  for (const tag of matchedTags(ghcr, config, working)) {
    const digest = ghcr.digestOf(tag);
    if (digest === undefined || spared.has(digest) || ghcr.tagsOf(digest).length < 2) continue;
    perImage.set(digest, [...(perImage.get(digest) ?? []), tag]);
  }
  // One tag always stays for the second pass to decide.
  return [...perImage].flatMap(([digest, tags]) =>
    tags.slice(0, ghcr.tagsOf(digest).length - 1).map((tag) => ({ tag, digest })),
  );
}

function directDeletions(ghcr: GhcrPackage, config: GhcrCleanupConfig, working: Set<Digest>): readonly Digest[] {
  if (config.keepTagged !== undefined) return [];
  const found = matchedTags(ghcr, config, working).flatMap((text) => {
    if (text.startsWith("sha256:")) return [text as Digest];
    const digest = ghcr.digestOf(text);
    return digest !== undefined && ghcr.tagsOf(digest).length === 1 ? [digest] : [];
  });
  for (const digest of found) working.delete(digest);
  return found;
}

function invalidImages(ghcr: GhcrPackage, config: GhcrCleanupConfig, working: ReadonlySet<Digest>): readonly Digest[] {
  const indexes = [...working].flatMap((digest) => {
    const image = ghcr.repository.image(digest);
    if (image === undefined || !image.isIndex) return [];
    const missing = image.children.filter((child) => ghcr.repository.image(child) === undefined).length;
    return [{ digest, missing, listed: image.children.length }];
  });
  // `delete-ghost-images` is not looked at beside `delete-partial-images`.
  const chosen = indexes.filter(({ missing, listed }) => {
    if (config.partials) return missing > 0 && missing < listed;
    return config.ghosts && missing === listed;
  });
  return [...chosen.map(({ digest }) => digest), ...(config.orphans ? ghcr.orphans() : [])];
}

function beyondKept(ghcr: GhcrPackage, config: GhcrCleanupConfig, working: Set<Digest>): readonly Digest[] {
  const { keepTagged, keepUntagged, deleteUntagged } = config;
  const tagged = keepTagged === undefined ? [] : keepable(ghcr, config, working).slice(keepTagged);
  for (const digest of tagged) working.delete(digest);
  const without = [...working].filter((digest) => ghcr.tagsOf(digest).length === 0);
  if (keepUntagged !== undefined) return [...tagged, ...newestFirst(ghcr, without).slice(keepUntagged)];
  return deleteUntagged ? [...tagged, ...without] : tagged;
}

/** The images that `keep-n-tagged` counts, newest first, each once. */
function keepable(ghcr: GhcrPackage, config: GhcrCleanupConfig, working: ReadonlySet<Digest>): readonly Digest[] {
  if (config.deleteTags === undefined) {
    return newestFirst(
      ghcr,
      [...working].filter((digest) => ghcr.tagsOf(digest).length > 0),
    );
  }
  const digests = matchedTags(ghcr, config, working).flatMap((tag) => ghcr.digestOf(tag) ?? []);
  return newestFirst(ghcr, [...new Set(digests)]);
}

function newestFirst(ghcr: GhcrPackage, digests: readonly Digest[]): readonly Digest[] {
  const pushedMs = (digest: Digest) => ghcr.repository.image(digest)?.pushedMs ?? Number.NaN;
  return digests.toSorted((left, right) => pushedMs(right) - pushedMs(left));
}

function dangers(
  ghcr: GhcrPackage,
  { excludeTags, deleteTags }: GhcrCleanupConfig,
  { deleted, matched }: { readonly deleted: ReadonlySet<Digest>; readonly matched: readonly string[] },
): readonly RetentionWarning[] {
  const gone = ghcr.repository.images.filter(({ digest }) => deleted.has(digest));
  const excluded = gone.filter(({ digest, tags }) =>
    [digest, ...tags].some((text) => excludeTags?.test(text) === true),
  );
  const undated = gone.filter(({ pushedMs }) => pushedMs === undefined);
  const isByChance = deleteTags?.isRegex === true && !deleteTags.source.includes("sha256");
  const byDigest = gone.filter(({ digest }) => isByChance && matched.includes(digest));
  return [
    ...(byDigest.length > 0
      ? [warningAbout("matches-digests", "The expression of delete-tags fits digests, whose images go", byDigest)]
      : []),
    ...(excluded.length > 0 ? [warningAbout("deletes-protected", "Images that exclude-tags means go", excluded)] : []),
    ...(undated.length > 0 ? [warningAbout("unknown-date-deletes", "Images of unknown date go", undated)] : []),
    ...(deleteTags !== undefined && matched.length === 0
      ? [{ code: "no-effect" as const, detail: "delete-tags fits nothing that may be deleted." }]
      : []),
  ];
}
