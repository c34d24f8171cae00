import { type Digest, type Instant, instantToMs } from "@bayplan/core";
import { doublestarTest } from "./doublestar.ts";
import type { HarborConfig, HarborRule, HarborSelector } from "./harbor-retention-schema.ts";
import type { TextTest } from "./js-pattern.ts";
import type { SimulatedInventory } from "./simulated-inventory.ts";
import { openSimulatedRepository, type SimulatedImage, type SimulatedRepository } from "./simulated-repository.ts";
import { type RetentionSimulation, type RetentionWarning, simulationOf, warningAbout } from "./simulation.ts";

const daySeconds = 24 * 3600;

/** What Harbor does: what no rule retains goes, unless it is immutable or a part of something that stays. */
export function simulateHarbor(
  { rules, immutable }: HarborConfig,
  inventory: SimulatedInventory,
  now: Instant,
): RetentionSimulation {
  const repository = openSimulatedRepository(inventory);
  // Without a rule for the repository there is no run for it.
  if (rules.length === 0) return simulationOf(repository, {});
  const candidates = repository.images.filter((image) => isCandidate(image, repository));
  const nowSeconds = Math.floor(instantToMs(now) / 1000);
  const retained = new Set(rules.flatMap((rule) => retainedBy(rule, candidates, nowSeconds)));
  const isImmutable = immutable.map(({ pattern, excludes }): TextTest => {
    const test = globTest(pattern);
    return (tag) => test(tag) !== excludes;
  });
  const doomed = candidates.filter(
    (image) => !retained.has(image) && !image.tags.some((tag) => isImmutable.some((test) => test(tag))),
  );
  const deleted = new Set<Digest>();
  // Harbor refuses to delete what an index contains; so what is in one comes last, when the index may be gone.
  const partsLast = doomed.toSorted(
    (left, right) => repository.parentsOf(left.digest).length - repository.parentsOf(right.digest).length,
  );
  for (const { digest } of partsLast) {
    if (repository.parentsOf(digest).every((parent) => deleted.has(parent)))
      deleteArtifact(digest, repository, deleted);
  }
  return simulationOf(repository, { deleted, warnings: dangers(candidates, retained, deleted) });
}

/** Parts of indexes without a tag of their own, and accessories, are not looked at by themselves. */
function isCandidate({ digest, tags, subject }: SimulatedImage, repository: SimulatedRepository): boolean {
  if (subject !== undefined || tags.some(isSignatureTag)) return false;
  return tags.length > 0 || repository.parentsOf(digest).length === 0;
}

function isSignatureTag(tag: string): boolean {
  return /^sha256-[0-9a-f]{64}\.sig$/.test(tag);
}

function deleteArtifact(digest: Digest, repository: SimulatedRepository, deleted: Set<Digest>): void {
  const image = repository.image(digest);
  if (image === undefined || deleted.has(digest)) return;
  deleted.add(digest);
  for (const child of image.children) {
    const isFree = repository.parentsOf(child).every((parent) => deleted.has(parent));
    if (isFree && repository.image(child)?.tags.length === 0) deleteArtifact(child, repository, deleted);
  }
  const signature = repository.digestOf(`${digest.replace(":", "-")}.sig`);
  for (const accessory of [...repository.referrersOf(digest), ...(signature === undefined ? [] : [signature])]) {
    deleteArtifact(accessory, repository, deleted);
  }
}

function retainedBy(
  { template, count, selectors }: HarborRule,
  candidates: readonly SimulatedImage[],
  nowSeconds: number,
): readonly SimulatedImage[] {
  const tests = selectors.map(selectorTest);
  const selected = candidates.filter((image) => tests.every((test) => test(image)));
  const newest = (timeOf: (image: SimulatedImage) => number) =>
    selected.toSorted((left, right) => compareImages(left, right, timeOf)).slice(0, count);
  const since = nowSeconds - count * daySeconds;
  switch (template) {
    case "always":
      return selected;
    case "nothing":
      return [];
    case "latestPushedK":
      return newest(pushed);
    case "latestPulledN":
      return newest(pulled);
    case "latestActiveK":
      return newest((image) => Math.max(pushed(image), pulled(image)));
    case "nDaysSinceLastPush":
      return selected.filter((image) => pushed(image) >= since);
    case "nDaysSinceLastPull":
      return selected.filter((image) => pulled(image) >= since);
    case "lastXDays":
      return selected.filter((image) => pushed(image) > since);
  }
}

function compareImages(left: SimulatedImage, right: SimulatedImage, timeOf: (image: SimulatedImage) => number): number {
  const [one, other] = [timeOf(left), timeOf(right)];
  if (one !== other) return other > one ? 1 : -1;
  return right.digest > left.digest ? 1 : -1;
}

/** In seconds, as Harbor compares. */
function pushed({ pushedMs }: SimulatedImage): number {
  return pushedMs === undefined ? Number.NEGATIVE_INFINITY : Math.floor(pushedMs / 1000);
}

function pulled({ pulledMs }: SimulatedImage): number {
  return pulledMs === undefined ? Number.NEGATIVE_INFINITY : Math.floor(pulledMs / 1000);
}

/** One tag that fits is enough, and one that does not fit where tags are excluded. */
function selectorTest(selector: HarborSelector): (image: SimulatedImage) => boolean {
  if (selector.kind === "labels") {
    return ({ manifest }) =>
      selector.labels.every((label) => (manifest.harborLabels ?? []).includes(label) !== selector.excludes);
  }
  const { excludes, untagged } = selector;
  const test = globTest(selector.pattern);
  return ({ tags }) => (tags.length === 0 ? untagged !== excludes : tags.some((tag) => test(tag) !== excludes));
}

/** An empty pattern fits everything. */
function globTest(pattern: string): TextTest {
  return (pattern === "" ? undefined : doublestarTest(pattern)) ?? (() => true);
}

function dangers(
  candidates: readonly SimulatedImage[],
  retained: ReadonlySet<SimulatedImage>,
  deleted: ReadonlySet<Digest>,
): readonly RetentionWarning[] {
  const gone = candidates.filter(({ digest }) => deleted.has(digest));
  const undated = gone.filter(({ pushedMs }) => pushedMs === undefined);
  return [
    ...(retained.size === 0 && gone.length > 0
      ? [warningAbout("unmatched-deleted", "No rule keeps anything", gone)]
      : []),
    ...(undated.length > 0 ? [warningAbout("unknown-date-deletes", "Images of unknown date go", undated)] : []),
  ];
}
