import { chaosStack } from "./chaos-family.ts";
import type { ChaosRun } from "./chaos-run.ts";
import { isExact, shows } from "./chaos-world.ts";
import { hostsOf } from "./final-invariants.ts";
import type { LedgerEntry } from "./tag-ledger.ts";

/** The release group that builds on each other is there as a whole or not at all, where it has a gate. */
export function groupInvariants(run: ChaosRun): readonly string[] {
  if (run.schedule.definition.release !== "gate") return [];
  const own = ownWrites(run).filter(({ repository }) => chaosStack.some((image) => repository.endsWith(`/${image}`)));
  // An alias of this version may be written long after its exact tags, so those decide.
  const versions = new Set(own.flatMap(({ tag }) => (isExact(tag) ? [tag] : [])));
  return [
    ...own.flatMap((entry) => tooEarly(entry, run)),
    ...[...versions].flatMap((version) => (isWhole(run, version) ? [] : [`${version} is there in part`])),
  ];
}

/** Nothing gets a public tag that was not tested, where tests are part of the release. */
export function testInvariants(run: ChaosRun): readonly string[] {
  if (!run.schedule.definition.isTested) return [];
  const { images } = run.world.ledger;
  const built = ownWrites(run).filter(({ to }) => {
    const known = to === undefined ? undefined : images.get(to);
    return known?.version !== undefined && known.isFromBefore !== true;
  });
  return built.flatMap((entry) => {
    const { repository, tag, to } = entry;
    return run.world.tested.has(to ?? "") ? [] : [`${repository}:${tag} got an image that no test has passed`];
  });
}

/** Public tags that coordinators wrote. */
function ownWrites({ world }: ChaosRun): readonly LedgerEntry[] {
  const others = ["history", "workflow", "somebody else"];
  return world.ledger.entries.filter(({ actor, tag }) => !others.includes(actor) && !tag.startsWith("bp-"));
}

function versionOf({ world }: ChaosRun, digest: LedgerEntry["to"]): string | undefined {
  return digest === undefined ? undefined : world.ledger.images.get(digest)?.version;
}

/** No tag of the group is written before every member of its version has been pushed by somebody. */
function tooEarly(entry: LedgerEntry, run: ChaosRun): readonly string[] {
  const version = versionOf(run, entry.to);
  if (version === undefined) return [];
  const { entries, images } = run.world.ledger;
  const earlier = entries.slice(0, entries.indexOf(entry));
  const missing = chaosStack.filter((image) => {
    const isPushed = earlier.some(({ to }) => {
      const known = to === undefined ? undefined : images.get(to);
      return known?.image === image && known.version === version;
    });
    // Somebody else's image under the exact tag counts as the member.
    const isTaken = earlier.some(({ repository, tag }) => repository.endsWith(`/${image}`) && tag === version);
    return !isPushed && !isTaken;
  });
  return missing.map((image) => `${entry.repository}:${entry.tag} was written before ${image} ${version} was there`);
}

/** Whether a version of which we wrote an exact tag is there as a whole, in all registries. */
function isWhole(run: ChaosRun, version: string): boolean {
  return hostsOf(run).every((host) =>
    chaosStack.every((image) => shows(run.world, image, version, host) !== undefined),
  );
}
