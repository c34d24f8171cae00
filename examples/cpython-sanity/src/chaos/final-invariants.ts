import { chaosHosts, chaosStack } from "./chaos-family.ts";
import type { ChaosRun } from "./chaos-run.ts";
import { chaosImages } from "./chaos-schedule.ts";
import { isExact, isOlder, shows } from "./chaos-world.ts";

/** An image in a version that must be there in the end. */
interface Wanted {
  readonly image: string;
  readonly version: string;
  readonly aliases: readonly string[];
}

/** What is published in the end is what the definition says, as far as the builds and tests work. */
export function finalInvariants(run: ChaosRun): readonly string[] {
  const last = run.attempts.at(-1)?.plans[0];
  const all = wantedIn(run);
  const open = all.filter((one) => !isHopeless(run, one));
  const violations = open.flatMap((one) => hostsOf(run).flatMap((host) => judge(run, one, host)));
  if (open.length === all.length && last?.steps.length !== 0)
    violations.push(`there is still something to do: ${last?.steps.map(({ id }) => id).join()}`);
  return violations;
}

/** Everything that the definition wants in the end. */
function wantedIn({ schedule }: ChaosRun): readonly Wanted[] {
  const stable = schedule.newerAfterMs === undefined ? "3.14.4t" : "3.14.5t";
  return [
    ...chaosImages.map((image) => {
      return { image, version: stable, aliases: image === "cpython-asan" ? ["3.14t", "latest"] : ["3.14t"] };
    }),
    // A pre-release moves no alias.
    ...chaosStack.map((image) => ({ image, version: "3.15.0b1t", aliases: [] })),
  ];
}

/** The registries that images are published in. */
export function hostsOf({ schedule }: ChaosRun): readonly string[] {
  return schedule.definition.isCopied ? Object.values(chaosHosts) : [chaosHosts.registry];
}

/** Whether it cannot be published: itself, what it is built on, or a member of its group never works. */
function isHopeless(run: ChaosRun, { image, version }: Wanted): boolean {
  const { failing, failingTests, definition } = run.schedule;
  const isBroken = (name: string) => [failing[name], failingTests[name]].includes(Number.POSITIVE_INFINITY);
  const isTogether = definition.release === "gate" || definition.release === "fail-fast";
  const isStacked = chaosStack.includes(image) && (isTogether || image.startsWith("numpy"));
  const names = isStacked ? chaosStack : [image];
  return names.some((name) => {
    // Copies of what is there cannot go where somebody else was first, and a whole group waits for that.
    if (definition.isCopied && hostsOf(run).some((host) => isTaken(run, name, version, host))) return true;
    return isBroken(name) && !isFromElsewhere(run, name, version);
  });
}

/** Whether an exact tag shows an image of somebody else. */
function isTaken({ world }: ChaosRun, image: string, version: string, host: string): boolean {
  const shown = shows(world, image, version, host);
  return shown !== undefined && world.ledger.images.get(shown)?.version === undefined;
}

/** Whether it was published before, or by somebody else: then it is not built and not tested. */
function isFromElsewhere(run: ChaosRun, image: string, version: string): boolean {
  const shown = shows(run.world, image, version);
  if (shown === undefined) return false;
  return isTaken(run, image, version, chaosHosts.registry) || run.world.ledger.images.get(shown)?.isFromBefore === true;
}

function judge(run: ChaosRun, { image, version, aliases }: Wanted, host: string): readonly string[] {
  const { world } = run;
  const name = `${host} ${image}:${version}`;
  const exact = shows(world, image, version, host);
  if (exact === undefined) return [`${name} is missing in the end`];
  const violations: string[] = [];
  const isHighest = exactTags(run, image, host).every((tag) => !tag.startsWith("3.14") || !isOlder(version, tag));
  for (const alias of aliases) {
    if (isHighest && shows(world, image, alias, host) !== exact)
      violations.push(`${name} is not what ${alias} shows in the end`);
  }
  const known = world.ledger.images.get(exact);
  if (known?.version !== undefined && known.version !== version)
    violations.push(`${name} shows ${known.image} ${known.version}`);
  const base = shows(world, "cpython-tsan", version, host);
  const isOurs = base !== undefined && world.ledger.images.get(base)?.version !== undefined;
  if (known?.base !== undefined && isOurs && known.base !== base)
    violations.push(`${name} is not built on the released base`);
  return violations;
}

function exactTags({ world }: ChaosRun, image: string, host: string): readonly string[] {
  const repositories = Object.entries(world.registries[host]?.snapshot() ?? {});
  return repositories.flatMap(([name, tags]) =>
    name.endsWith(`/${image}`) ? Object.keys(tags).filter((tag) => isExact(tag)) : [],
  );
}
