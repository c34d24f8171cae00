import {
  accountedFor,
  attemptsEnd,
  doneMeansDone,
  nothingBuiltNeedlessly,
  runsBelongToPlans,
} from "./attempt-invariants.ts";
import type { ChaosRun } from "./chaos-run.ts";
import { chaosSecrets } from "./chaos-world.ts";
import { finalInvariants } from "./final-invariants.ts";
import { groupInvariants, testInvariants } from "./group-invariants.ts";
import { tagInvariants } from "./tag-invariants.ts";

/** Something that must be so after any run. */
export interface ChaosCheck {
  readonly invariant: string;
  /** Everything that speaks against it. */
  readonly violations: readonly string[];
}

/** What a run shows. */
export interface ChaosVerdict {
  readonly checks: readonly ChaosCheck[];
  /** Writes of tags that somebody else had written in the moment before: no client can prevent that. */
  readonly races: number;
}

/** Checks everything that must be true after any run. */
export function chaosInvariants(run: ChaosRun): ChaosVerdict {
  const tags = tagInvariants(run);
  const check = (invariant: string, violations: readonly string[]) => ({ invariant, violations });
  return {
    checks: [
      check("exact tags are never overwritten, moving tags never go back, nobody's move is undone", tags.violations),
      check("in the end everything is published, as far as its builds work", finalInvariants(run)),
      check("a gated group is there as a whole or not at all, and no tag of it comes early", groupInvariants(run)),
      check("nothing gets a public tag that no test has passed", testInvariants(run)),
      check("no key is built twice", builtTwice(run)),
      check("nothing is built that is there, or of which nobody could say whether it is", nothingBuiltNeedlessly(run)),
      check("every run belongs to a plan", runsBelongToPlans(run)),
      check("every step has one outcome, and every image is in the report", accountedFor(run)),
      check("what is reported as done was done", doneMeansDone(run)),
      check("every execution ends by itself, in time, and throws nothing unexpected", attemptsEnd(run)),
      check("no secret is in a result or an address", toldSecrets(run)),
    ],
    races: tags.races,
  };
}

function builtTwice({ world }: ChaosRun): readonly string[] {
  return [...world.builds].flatMap(([key, times]) => (times > 1 ? [`${key} was built ${times} times`] : []));
}

function toldSecrets({ attempts, world }: ChaosRun): readonly string[] {
  const said = JSON.stringify([attempts, world.requests, world.github.log]);
  return chaosSecrets.flatMap((secret, index) => (said.includes(secret) ? [`secret ${index + 1} was told`] : []));
}
