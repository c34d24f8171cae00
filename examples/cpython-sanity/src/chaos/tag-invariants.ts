import { formatReference, type Plan, tagReference } from "@bayplan/core";
import type { ChaosRun } from "./chaos-run.ts";
import { isExact, isOlder } from "./chaos-world.ts";
import type { LedgerEntry } from "./tag-ledger.ts";

/** What the ledger says against the tags of a run, and how often nobody could have known better. */
export interface TagVerdict {
  readonly violations: readonly string[];
  /** Somebody else wrote the tag between the last look and the write, which no client of a registry can see. */
  readonly races: number;
}

/** No exact tag is overwritten, no moving tag goes back, and nothing is written that the plan did not see so. */
export function tagInvariants(run: ChaosRun): TagVerdict {
  const others = ["history", "workflow", "somebody else"];
  const own = run.world.ledger.entries.filter(({ actor, tag }) => !others.includes(actor) && !tag.startsWith("bp-"));
  const violations = own.flatMap((entry) => judge(entry, run).map((what) => `${what}: ${JSON.stringify(entry)}`));
  return { violations, races: own.filter(isRace).length };
}

function judge(entry: LedgerEntry, run: ChaosRun): readonly string[] {
  const { actor, seen, from, to } = entry;
  const plans = run.attempts.find(({ by }) => by === actor)?.plans ?? [];
  if (to === undefined) return ["a public tag was taken away"];
  if (plans.length === 0) return ["a tag was written by somebody without a plan"];
  if (seen === undefined) return ["a tag was written without a look"];
  if (seen.writes > 1) return ["a tag was written again without a look in between"];
  const expected = plans.flatMap((plan) => expectedBy(plan, entry) ?? []);
  if (expected.length === 0) return ["a tag was written that is not in the plan"];
  if (!expected.includes(seen.digest ?? "absent"))
    return ["a tag was written although it did not show what the plan saw"];
  if (isRace(entry) || from === undefined) return [];
  if (isExact(entry.tag)) return ["an exact tag was overwritten"];
  const { images } = run.world.ledger;
  const [before, after] = [images.get(from)?.version, images.get(to)?.version];
  // An image of another line, which somebody else has put there, says nothing of the order.
  const isComparable = before !== undefined && after !== undefined && lineOf(before) === lineOf(after);
  return isComparable && isOlder(after, before) ? ["a tag was moved back"] : [];
}

/** `3.14` of `3.14.5t`. */
function lineOf(version: string): string {
  return version.split(".", 2).join(".");
}

function isRace({ seen, from }: LedgerEntry): boolean {
  return seen !== undefined && seen.digest !== from;
}

function expectedBy(plan: Plan, { registry, repository, tag }: LedgerEntry): string | undefined {
  const reference = `${registry}/${repository}:${tag}`;
  const step = plan.steps.find(
    (one) => one.kind === "tag" && formatReference(tagReference(one.repository, one.tag)) === reference,
  );
  if (step?.kind !== "tag") return undefined;
  return "digest" in step.expected ? step.expected.digest : "absent";
}
