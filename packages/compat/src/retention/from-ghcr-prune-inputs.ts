import {
  type Digest,
  type Instant,
  instantToMs,
  isTag,
  type RetentionPolicy,
  type RetentionRule,
  type TagSelector,
} from "@bayplan/core";
import { foundAnywhere } from "./found-anywhere.ts";
import { type GhcrPruneConfig, readGhcrPruneInputs } from "./ghcr-prune-inputs.ts";
import { secondsText } from "./seconds-text.ts";
import type { SimulatedInventory } from "./simulated-inventory.ts";
import { openSimulatedRepository, type SimulatedImage } from "./simulated-repository.ts";
import {
  type ImportedRetention,
  type RetentionSimulation,
  type RetentionWarning,
  simulationOf,
  warningAbout,
} from "./simulation.ts";

const day = 24 * 3600 * 1000;

/**
 * Understands the inputs of `vlaurin/action-ghcr-prune`, as they stand under `with:`, the old names included.
 *
 * The action deletes an image with all its tags when one of them is to be pruned; the policy takes away only that tag. It
 * knows nothing of indexes and of what is attached to images.
 *
 * @throws BayplanError `INVALID_INPUT` for what is wrong, and for inputs that the action does not have.
 * @see https://github.com/vlaurin/action-ghcr-prune
 */
export function fromGhcrPruneInputs(inputs: unknown): ImportedRetention {
  const config = readGhcrPruneInputs(inputs);
  return {
    simulate: (inventory, now) => simulateGhcrPrune(config, inventory, now),
    policy: policyOf(config),
    warnings: warningsOf(config),
  };
}

function simulateGhcrPrune(config: GhcrPruneConfig, inventory: SimulatedInventory, now: Instant): RetentionSimulation {
  const repository = openSimulatedRepository(inventory);
  if (!repository.isComplete) {
    const detail = "The action fails when a page of the listing cannot be read.";
    return simulationOf(repository, { warnings: [{ code: "stopped", detail }] });
  }
  const chosen = repository.images.filter((image) => isPruned(image, config, instantToMs(now)));
  const newestFirst = chosen.toSorted((left, right) => (right.pushedMs ?? 0) - (left.pushedMs ?? 0));
  const gone = newestFirst.slice(config.keepLast);
  const planned = new Set<Digest>(gone.map(({ digest }) => digest));
  const alsoTagged = gone.filter(({ tags }) => tags.some((tag) => !isPruneTag(tag, config)));
  const undated = gone.filter(({ pushedMs }) => pushedMs === undefined);
  const warnings: readonly RetentionWarning[] = [
    ...(alsoTagged.length > 0
      ? [warningAbout("any-tag-deletes", "Images go that have tags which are not to be pruned", alsoTagged)]
      : []),
    ...(undated.length > 0 ? [warningAbout("unknown-date-deletes", "Images of unknown date go", undated)] : []),
  ];
  return simulationOf(repository, { deleted: config.isDryRun ? new Set() : planned, planned, warnings });
}

function isPruned({ tags, pushedMs }: SimulatedImage, config: GhcrPruneConfig, nowMs: number): boolean {
  // An unknown date is no number, and no number is younger than another.
  const age = pushedMs === undefined ? Number.NaN : Math.floor((nowMs - pushedMs) / day);
  if (config.keepYoungerThanDays > age) return false;
  if (tags.length === 0) return config.pruneUntagged;
  if (tags.some((tag) => isKeepTag(tag, config))) return false;
  return tags.some((tag) => isPruneTag(tag, config));
}

function isKeepTag(tag: string, { keepTags, keepPatterns }: GhcrPruneConfig): boolean {
  return keepTags.includes(tag) || keepPatterns.some(({ test }) => test(tag));
}

function isPruneTag(tag: string, { prunePatterns }: GhcrPruneConfig): boolean {
  return prunePatterns.some(({ test }) => test(tag));
}

function warningsOf(config: GhcrPruneConfig): readonly RetentionWarning[] {
  const warnings: RetentionWarning[] = [];
  const warn = (code: RetentionWarning["code"], detail: string) => warnings.push({ code, detail });
  if (config.prunePatterns.length > 0) {
    warn(
      "any-tag-deletes",
      "One tag that fits deletes the image with all its tags. The policy takes away only that tag.",
    );
  }
  if (config.pruneUntagged) {
    warn("ignores-graph", "Untagged children of indexes, signatures and attestations go whatever needs them.");
  }
  if (config.prunePatterns.length === 0 && !config.pruneUntagged) warn("no-effect", "Nothing is chosen to be pruned.");
  const unknown = [...config.keepPatterns, ...config.prunePatterns].filter(
    ({ source }) => foundAnywhere(source) === undefined,
  );
  for (const { source } of unknown) {
    warn(
      "not-expressible",
      `${JSON.stringify(source)} uses what RE2 does not know. The policy deletes no tagged image.`,
    );
  }
  if (countsOld(config)) {
    const detail = "The action keeps so many of the images that are old enough; the policy deletes nothing.";
    warn("not-expressible", detail);
  }
  return warnings;
}

function policyOf(config: GhcrPruneConfig): RetentionPolicy {
  const { keepLast, keepYoungerThanDays } = config;
  const limits = {
    ...(keepYoungerThanDays > 0 && { olderThan: secondsText(Math.ceil(keepYoungerThanDays) * day) }),
    ...(keepLast > 0 && { keepLast }),
  };
  if (countsOld(config)) return { rules: [] };
  const rules: RetentionRule[] = [];
  const match = config.prunePatterns.map(({ source }) => foundAnywhere(source));
  const protect = config.keepPatterns.map(({ source }) => foundAnywhere(source));
  if (match.length > 0 && isKnown(match) && isKnown(protect)) {
    rules.push({ kind: "expire", name: "prune-tags-regexes", match, ...limits });
  }
  if (config.pruneUntagged) rules.push({ kind: "expire-untagged", name: "prune-untagged", ...limits });
  return {
    protect: [...config.keepTags.filter(isTag), ...(isKnown(protect) ? protect : [])],
    rules,
    untag: "unprotected",
  };
}

/** Ours counts all images, so those that stay could be young ones, and fewer old ones would. */
function countsOld({ keepLast, keepYoungerThanDays }: GhcrPruneConfig): boolean {
  return keepLast > 0 && keepYoungerThanDays > 0;
}

function isKnown(selectors: readonly (TagSelector | undefined)[]): selectors is readonly TagSelector[] {
  return selectors.every((selector) => selector !== undefined);
}
