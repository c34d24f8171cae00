import type { Digest, Instant, RetentionPolicy } from "@bayplan/core";
import type { SimulatedInventory } from "./simulated-inventory.ts";
import type { SimulatedRepository } from "./simulated-repository.ts";

/**
 * What is dangerous, or could not be said.
 *
 * Of a configuration:
 * - `matches-digests`: a pattern that is meant for tags is compared with digests.
 * - `any-tag-deletes`: one matching tag deletes the image with all its tags.
 * - `counts-parts`: platform manifests and attestations use up places of what is kept.
 * - `ignores-graph`: children of indexes, or what is attached to an image, are treated as images of their own.
 * - `all-listed-tags`: several patterns in one rule must all fit; the list is no choice.
 * - `unmatched-deleted`: what no rule names is deleted.
 * - `unsafe-untag`: a tag is taken away in a way that can delete the image when listings lag behind.
 * - `limited`: not everything is done in one run.
 * - `no-effect`: an input that does nothing, or prevents everything.
 * - `unknown-date-deletes`: an image whose date is unknown counts as old.
 * - `not-expressible`: `policy` does not say this part; it then deletes less, or nothing.
 *
 * Of what happened in a simulation:
 * - `breaks-index`: an index that stays loses manifests that it lists.
 * - `deletes-referrer`: an image that stays loses what is attached to it.
 * - `deletes-protected`: what the configuration protects goes all the same.
 * - `stopped`: the original gives up and deletes nothing, or not all.
 * - `uncertain`: the inventory lacks something that the original would see.
 */
export type RetentionWarningCode =
  | "matches-digests"
  | "any-tag-deletes"
  | "counts-parts"
  | "ignores-graph"
  | "all-listed-tags"
  | "unmatched-deleted"
  | "unsafe-untag"
  | "limited"
  | "no-effect"
  | "unknown-date-deletes"
  | "not-expressible"
  | "breaks-index"
  | "deletes-referrer"
  | "deletes-protected"
  | "stopped"
  | "uncertain";

/** One warning of an import or a simulation. */
export interface RetentionWarning {
  readonly code: RetentionWarningCode;
  /** One sentence, for people. */
  readonly detail: string;
  /** The manifests it is about. */
  readonly digests?: readonly Digest[];
}

/** A tag that is taken away while its manifest stays. */
export interface SimulatedUntag {
  readonly tag: string;
  readonly digest: Digest;
}

/** What the original does with a repository. Lists are in the order of the listing. */
export interface RetentionSimulation {
  readonly deleted: readonly Digest[];
  readonly kept: readonly Digest[];
  readonly untagged: readonly SimulatedUntag[];
  /** Moved to an archive; part of `kept`. */
  readonly archived: readonly Digest[];
  /** Every tag afterwards. */
  readonly tags: Readonly<Record<string, Digest>>;
  /** What a dry run announces; `deleted` where the run is none. */
  readonly planned: readonly Digest[];
  readonly warnings: readonly RetentionWarning[];
}

/** A clean-up of somebody else, understood. */
export interface ImportedRetention {
  /** What the original would do now, dangers included. Pure. */
  simulate(inventory: SimulatedInventory, now: Instant): RetentionSimulation;
  /** What was meant, as a policy for `evaluateRetention`. What it cannot say it leaves alone, see `not-expressible`. */
  readonly policy: RetentionPolicy;
  /** Of the configuration, whatever the repository holds. */
  readonly warnings: readonly RetentionWarning[];
}

/** What an original decided. All default to nothing. */
export interface SimulatedOutcome {
  readonly deleted?: ReadonlySet<Digest>;
  /** Tags that are gone; those of deleted manifests do not count. */
  readonly untagged?: ReadonlySet<string>;
  readonly archived?: ReadonlySet<Digest>;
  /** Default `deleted`. */
  readonly planned?: ReadonlySet<Digest>;
  readonly warnings?: readonly RetentionWarning[];
}

/** The result of a simulation, with the damage it does. */
export function simulationOf(repository: SimulatedRepository, outcome: SimulatedOutcome): RetentionSimulation {
  const { deleted = new Set(), untagged = new Set(), archived = new Set(), warnings = [] } = outcome;
  const digests = repository.images.map(({ digest }) => digest);
  const tags = repository.images.flatMap(({ digest, tags: own }) => own.map((tag) => ({ tag, digest })));
  const ofKept = tags.filter(({ digest }) => !deleted.has(digest));
  return {
    deleted: digests.filter((digest) => deleted.has(digest)),
    kept: digests.filter((digest) => !deleted.has(digest)),
    untagged: ofKept.filter(({ tag }) => untagged.has(tag)),
    archived: digests.filter((digest) => archived.has(digest) && !deleted.has(digest)),
    tags: Object.fromEntries(ofKept.filter(({ tag }) => !untagged.has(tag)).map(({ tag, digest }) => [tag, digest])),
    planned: digests.filter((digest) => (outcome.planned ?? deleted).has(digest)),
    warnings: [...warnings, ...doubtsOf(repository, warnings), ...damageOf(repository, deleted)],
  };
}

function doubtsOf(
  { isComplete, isTaggedOnly, unreadable }: SimulatedRepository,
  warnings: readonly RetentionWarning[],
): readonly RetentionWarning[] {
  const isKnown = isComplete && !isTaggedOnly && unreadable.length === 0;
  if (isKnown || warnings.some(({ code }) => code === "stopped")) return [];
  return [
    { code: "uncertain", detail: "The inventory lacks manifests that the original would see.", digests: unreadable },
  ];
}

function damageOf(repository: SimulatedRepository, deleted: ReadonlySet<Digest>): readonly RetentionWarning[] {
  const kept = repository.images.filter(({ digest }) => !deleted.has(digest));
  const broken = kept.filter(({ children }) => children.some((child) => deleted.has(child)));
  const bereft = kept.filter(({ digest }) => repository.referrersOf(digest).some((other) => deleted.has(other)));
  return [
    ...(broken.length > 0
      ? [warningAbout("breaks-index", "Indexes that stay lose manifests that they list", broken)]
      : []),
    ...(bereft.length > 0
      ? [warningAbout("deletes-referrer", "Images that stay lose signatures or the like", bereft)]
      : []),
  ];
}

/** A warning with the images it is about. */
export function warningAbout(
  code: RetentionWarningCode,
  what: string,
  images: readonly { readonly digest: Digest }[],
): RetentionWarning {
  return { code, detail: `${what}: ${images.length}.`, digests: images.map(({ digest }) => digest) };
}
