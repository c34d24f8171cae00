import type { NodeClass } from "./classify-nodes.ts";
import type { RetentionReasons } from "./evaluation.ts";
import { reach, type Step } from "./reach.ts";
import type { RetentionReason } from "./retention-reason.ts";
import type { SnapshotNode } from "./snapshot.ts";

/** What goes and what stays, and how the walks came there. */
export interface Settlement {
  /** 1 for what stays. */
  readonly kept: Uint8Array;
  readonly keptBy: (Step | undefined)[];
  readonly draggedBy: readonly (Step | undefined)[];
}

/**
 * Default keep. The candidates drag along what is theirs; then everything that the rest needs, at any depth, stays. One
 * walk finds the greatest fixpoint, since what a walk from the rest reaches is the closure of the rest.
 */
export function settle(nodes: readonly SnapshotNode[], classes: readonly NodeClass[]): Settlement {
  const placesOf = (kind: NodeClass["kind"]) => classes.flatMap((of, place) => (of.kind === kind ? [place] : []));
  const going = new Uint8Array(nodes.length);
  const draggedBy: (Step | undefined)[] = new Array(nodes.length);
  reach(nodes, placesOf("candidate"), {
    visited: going,
    steps: draggedBy,
    enter: (place) => classes[place]?.kind !== "root",
  });
  const settlement = { kept: new Uint8Array(nodes.length), keptBy: new Array(nodes.length), draggedBy };
  keepAlso(nodes, placesOf("root"), settlement);
  // What nobody wants to go stays as well, and keeps what it needs.
  keepAlso(
    nodes,
    placesOf("follower").filter((place) => going[place] === 0),
    settlement,
  );
  return settlement;
}

/** Keeps more nodes with everything they need. */
export function keepAlso(
  nodes: readonly SnapshotNode[],
  places: Iterable<number>,
  settlement: Pick<Settlement, "kept" | "keptBy">,
): void {
  reach(nodes, places, { visited: settlement.kept, steps: settlement.keptBy });
}

const longest = 16;

/** The chain of steps back to where a walk began, and the reasons that stand there. */
export function reasonChain(
  place: number,
  steps: readonly (Step | undefined)[],
  walk: {
    readonly nodes: readonly SnapshotNode[];
    readonly ownReasons: (place: number) => RetentionReasons;
    /** The end of a chain that is too long to be written out, found once for each place. */
    readonly ends: Map<number, number>;
  },
): RetentionReasons {
  const chain: RetentionReason[] = [];
  let at = place;
  for (let step = steps[at]; step !== undefined; step = steps[at]) {
    if (chain.length === longest) {
      at = endOf(at, steps, walk.ends);
      break;
    }
    const { digest } = walk.nodes[step.from] ?? {};
    if (digest !== undefined)
      chain.push(step.by === "child" ? { code: "child-of", parent: digest } : { code: "referrer-of", subject: digest });
    at = step.from;
  }
  const own = walk.ownReasons(at);
  const [first, ...others] = chain;
  return first === undefined ? own : [first, ...others, ...own];
}

function endOf(place: number, steps: readonly (Step | undefined)[], ends: Map<number, number>): number {
  const passed: number[] = [];
  let at = place;
  let known = ends.get(at);
  for (let step = steps[at]; known === undefined && step !== undefined; step = steps[at]) {
    passed.push(at);
    at = step.from;
    known = ends.get(at);
  }
  const end = known ?? at;
  for (const one of passed) ends.set(one, end);
  return end;
}
