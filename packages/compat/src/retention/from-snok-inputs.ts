import {
  compilePattern,
  type Digest,
  type Instant,
  instantToMs,
  isDigest,
  type RetentionPolicy,
  type RetentionRule,
} from "@bayplan/core";
import type { TextTest } from "./js-pattern.ts";
import { secondsText } from "./seconds-text.ts";
import type { SimulatedInventory } from "./simulated-inventory.ts";
import { openSimulatedRepository, type SimulatedImage, type SimulatedRepository } from "./simulated-repository.ts";
import { type ImportedRetention, type RetentionSimulation, type RetentionWarning, simulationOf } from "./simulation.ts";
import { readSnokInputs, type SnokConfig } from "./snok-inputs.ts";
import { wildcardSource } from "./tag-pattern-text.ts";

/**
 * Understands the inputs of `snok/container-retention-policy` (version 3), as they stand under `with:`. Which packages
 * `image-names` means is not part of it: a simulation is of one package.
 *
 * The action protects what tagged images that stay list; children of untagged indexes, of nested indexes, and what is
 * attached to images, it does not.
 *
 * @throws BayplanError `INVALID_INPUT` with everything that the action refuses, and for inputs it does not have.
 * @see https://github.com/snok/container-retention-policy
 */
export function fromSnokInputs(inputs: unknown): ImportedRetention {
  const config = readSnokInputs(inputs);
  return {
    simulate: (inventory, now) => simulateSnok(config, inventory, now),
    policy: policyOf(config),
    warnings: warningsOf(config),
  };
}

interface Candidates {
  readonly tagged: readonly SimulatedImage[];
  readonly untagged: readonly SimulatedImage[];
}

function simulateSnok(config: SnokConfig, inventory: SimulatedInventory, now: Instant): RetentionSimulation {
  const repository = openSimulatedRepository(inventory);
  const { tagged, untagged } = candidatesOf(config, repository, instantToMs(now));
  const isGoing = new Set(tagged.map(({ digest }) => digest));
  const staying = repository.images.filter(({ digest, tags }) => tags.length > 0 && !isGoing.has(digest));
  const unread = staying.filter(({ digest }) => repository.unreadable.includes(digest));
  if (unread.length > 0) {
    const detail = "A tagged manifest that stays could not be read; the action deletes nothing of the package.";
    const digests = unread.map(({ digest }) => digest);
    return simulationOf(repository, { warnings: [{ code: "stopped", detail, digests }] });
  }
  const needed = new Set(staying.flatMap(({ children }) => children));
  const gone = [...tagged, ...(repository.isComplete ? untagged : [])].filter(({ digest }) => !needed.has(digest));
  const planned = new Set<Digest>(gone.map(({ digest }) => digest));
  const stopped: RetentionWarning = {
    code: "stopped",
    detail: "The listing ended early; the action deletes no untagged image then.",
  };
  return simulationOf(repository, {
    deleted: config.isDryRun ? new Set() : planned,
    planned,
    warnings: repository.isComplete ? [] : [stopped],
  });
}

function candidatesOf(config: SnokConfig, repository: SimulatedRepository, nowMs: number): Candidates {
  const { tagSelection, skipped } = config;
  const isOld = ({ pushedMs }: SimulatedImage) => pushedMs !== undefined && pushedMs < nowMs - config.cutOffMs;
  const old = repository.images.filter((image) => !skipped.has(image.digest) && isOld(image));
  const isWanted = tagTestOf(config);
  const tagged = old.filter(({ tags }) => tagSelection !== "untagged" && tags.length > 0 && isWanted(tags));
  const oldestFirst = tagged.toSorted((left, right) => (left.pushedMs ?? 0) - (right.pushedMs ?? 0));
  return {
    tagged: oldestFirst.slice(0, Math.max(0, oldestFirst.length - config.keepNewest)),
    untagged: old.filter(({ tags }) => tagSelection !== "tagged" && tags.length === 0),
  };
}

/** All tags must be wanted and none forbidden. */
function tagTestOf({ positive, negative }: SnokConfig): (tags: readonly string[]) => boolean {
  const [wanted, forbidden] = [positive.map(wildcard), negative.map(wildcard)];
  return (tags) => {
    if (tags.some((tag) => forbidden.some((test) => test(tag)))) return false;
    return wanted.length === 0 || tags.every((tag) => wanted.some((test) => test(tag)));
  };
}

function wildcard(pattern: string): TextTest {
  const compiled = compilePattern(wildcardSource(pattern, { question: true }), { anchored: true });
  return (tag) => compiled.exec(tag) !== undefined;
}

function warningsOf({ tagSelection, keepNewest, cutOffMs, positive }: SnokConfig): readonly RetentionWarning[] {
  const warnings: RetentionWarning[] = [];
  if (tagSelection !== "tagged") {
    const detail = "Children of untagged and of nested indexes, signatures and attestations go when they are old.";
    warnings.push({ code: "ignores-graph", detail });
  }
  if (keepNewest > 0 && cutOffMs > 0) {
    const detail = "The action keeps so many of the images that are old enough; the policy deletes no tagged image.";
    warnings.push({ code: "not-expressible", detail });
  }
  if (tagSelection === "both" && positive.length > 0) {
    warnings.push({ code: "unmatched-deleted", detail: "image-tags does not restrict which untagged images go." });
  }
  return warnings;
}

function policyOf(config: SnokConfig): RetentionPolicy {
  const { positive, negative, skipped, tagSelection, keepNewest } = config;
  const age = config.cutOffMs > 0 ? { olderThan: secondsText(config.cutOffMs) } : {};
  const selector = (pattern: string) => ({ pattern: wildcardSource(pattern, { question: true }) });
  const rules: RetentionRule[] = [];
  // Ours counts all images, so those that stay could be young ones, and fewer old ones would.
  const countsOld = keepNewest > 0 && config.cutOffMs > 0;
  if (tagSelection !== "untagged" && !countsOld) {
    const match = positive.length === 0 ? [{ any: true as const }] : positive.map(selector);
    const count = keepNewest > 0 ? { keepLast: keepNewest } : {};
    rules.push({ kind: "expire", name: "image-tags", match, ...count, ...age });
  }
  if (tagSelection !== "tagged") rules.push({ kind: "expire-untagged", name: "tag-selection", ...age });
  return { protect: negative.map(selector), pins: [...skipped].filter(isDigest), rules, untag: "none" };
}
