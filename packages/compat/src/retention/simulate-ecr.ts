import { type Digest, type Instant, instantToMs } from "@bayplan/core";
import { type EcrRule, storageClassOf } from "./ecr-lifecycle-schema.ts";
import { tagRequirementOf } from "./ecr-tag-pattern.ts";
import type { SimulatedInventory } from "./simulated-inventory.ts";
import { openSimulatedRepository, type SimulatedImage, type SimulatedRepository } from "./simulated-repository.ts";
import { type RetentionSimulation, simulationOf } from "./simulation.ts";

const day = 24 * 3600 * 1000;

interface State {
  readonly repository: SimulatedRepository;
  readonly deleted: Set<Digest>;
  readonly archived: Set<Digest>;
}

/**
 * What ECR does in the days to come if nothing is pushed or pulled: it evaluates again and again, and children of an index
 * come in question once the index is gone.
 *
 * @param rules - The first to apply first.
 */
export function simulateEcr(
  rules: readonly EcrRule[],
  inventory: SimulatedInventory,
  now: Instant,
): RetentionSimulation {
  const repository = openSimulatedRepository(inventory);
  const state: State = { repository, deleted: new Set(), archived: new Set() };
  const compiled = rules.map((rule) => ({ rule, fits: tagRequirementOf(rule) }));
  for (let size = -1; size !== state.deleted.size + state.archived.size; ) {
    size = state.deleted.size + state.archived.size;
    const shielded = new Set<Digest>();
    const actions: [Digest, EcrRule][] = [];
    for (const { rule, fits } of compiled) {
      const selected = repository.images.filter((image) => isSelectable(image, rule, state) && fits(image.tags));
      for (const { digest } of excessOf(selected, rule, instantToMs(now))) {
        if (!shielded.has(digest)) actions.push([digest, rule]);
      }
      for (const { digest } of selected) shielded.add(digest);
    }
    for (const [digest, rule] of actions) act(digest, rule.action.type, state);
  }
  return simulationOf(repository, state);
}

/** What is attached to an image follows it. */
function act(digest: Digest, type: "expire" | "transition", state: State): void {
  const done = type === "expire" ? state.deleted : state.archived;
  if (done.has(digest)) return;
  done.add(digest);
  for (const referrer of state.repository.referrersOf(digest)) act(referrer, type, state);
}

/** Children wait for their indexes, and what is attached to an image follows the image: neither counts on its own. */
function isSelectable(image: SimulatedImage, rule: EcrRule, { repository, deleted, archived }: State): boolean {
  const { digest, manifest, subject } = image;
  if (deleted.has(digest) || (manifest.storageClass ?? "standard") !== storageClassOf(rule)) return false;
  if (archived.has(digest)) return false;
  if (subject !== undefined && repository.image(subject) !== undefined) return false;
  const isDone = (parent: Digest) =>
    deleted.has(parent) || (rule.action.type === "transition" && isArchived(parent, { repository, archived }));
  return repository.parentsOf(digest).every(isDone);
}

function isArchived(digest: Digest, { repository, archived }: Omit<State, "deleted">): boolean {
  return archived.has(digest) || repository.image(digest)?.manifest.storageClass === "archive";
}

function excessOf(images: readonly SimulatedImage[], { selection }: EcrRule, nowMs: number): readonly SimulatedImage[] {
  if (selection.countType === "imageCountMoreThan") {
    const dated = images.flatMap((image) => {
      const ms = activeSince(image);
      return ms === undefined ? [] : [{ image, ms }];
    });
    dated.sort((left, right) => right.ms - left.ms || (left.image.digest < right.image.digest ? 1 : -1));
    return dated.slice(selection.countNumber).map(({ image }) => image);
  }
  const timeOf = { sinceImagePushed: activeSince, sinceImagePulled: usedSince, sinceImageTransitioned: archivedSince };
  const since = timeOf[selection.countType];
  return images.filter((image) => (since(image) ?? nowMs) < nowMs - selection.countNumber * day);
}

function activeSince({ manifest, pushedMs }: SimulatedImage): number | undefined {
  return manifest.lastActivatedAt === undefined ? pushedMs : instantToMs(manifest.lastActivatedAt);
}

function usedSince(image: SimulatedImage): number | undefined {
  const { manifest, pulledMs } = image;
  if (pulledMs === undefined) return activeSince(image);
  return manifest.lastActivatedAt === undefined ? pulledMs : Math.max(pulledMs, instantToMs(manifest.lastActivatedAt));
}

function archivedSince({ manifest }: SimulatedImage): number | undefined {
  return manifest.archivedAt === undefined ? undefined : instantToMs(manifest.archivedAt);
}
