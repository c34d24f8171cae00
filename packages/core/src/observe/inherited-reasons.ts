import type { Reason } from "../reason.ts";
import type { FamilyNode } from "./family-nodes.ts";

/** At most so many: what nearly everything is built on would otherwise be named everywhere, along with all between. */
const mostNamed = 10;

const none: readonly Reason[] = [];

/**
 * The bases of a node that are built before it, and behind them those that they are built for, the nearest first.
 *
 * @param reasonsOf - Why a base is built; `undefined` where it is not.
 */
export function inheritedReasons(
  { bases }: Pick<FamilyNode, "bases">,
  reasonsOf: (base: string) => readonly Reason[] | undefined,
): readonly Reason[] {
  let distances: Map<string, number> | undefined;
  for (const base of bases) {
    const reasons = base.kind === "node" ? reasonsOf(base.node) : undefined;
    if (base.kind !== "node" || reasons === undefined) continue;
    distances ??= new Map();
    distances.set(base.node, 1);
    for (const reason of reasons) {
      if (reason.code !== "parent-rebuilt") continue;
      const known = distances.get(reason.parent) ?? Number.POSITIVE_INFINITY;
      distances.set(reason.parent, Math.min(known, reason.distance + 1));
    }
  }
  if (distances === undefined) return none;
  const nearest = [...distances].sort(([, left], [, right]) => left - right).slice(0, mostNamed);
  return nearest.map(([parent, distance]): Reason => ({ code: "parent-rebuilt", distance, parent }));
}
