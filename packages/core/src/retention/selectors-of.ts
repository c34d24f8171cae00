import { policyPath } from "./policy-problems.ts";
import type { RetentionRule, TagSelector } from "./retention-policy.ts";

/** A selector of a rule, and where it stands. */
export interface PlacedSelector {
  readonly selector: TagSelector;
  readonly of: "match" | "except";
  /** For example `rules[0].match[1]`. */
  readonly path: string;
}

/** All selectors of a rule in their order; none where it has no `match`. */
export function selectorsOf(rule: RetentionRule, index: number): readonly PlacedSelector[] {
  if (!("match" in rule)) return [];
  return (["match", "except"] as const).flatMap((of): readonly PlacedSelector[] => {
    const given = rule[of];
    if (given === undefined) return [];
    if (!isList(given)) return [{ selector: given, of, path: policyPath(["rules", index, of]) }];
    return given.map((selector, place) => ({ selector, of, path: policyPath(["rules", index, of, place]) }));
  });
}

function isList(given: TagSelector | readonly TagSelector[]): given is readonly TagSelector[] {
  return Array.isArray(given);
}
