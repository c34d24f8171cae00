import type { SnapshotNode } from "./snapshot.ts";

/** How a walk came to a node. */
export interface Step {
  readonly from: number;
  readonly by: "child" | "referrer";
}

/**
 * Everything that is needed by or attached to the starts, with how the walk first came there; `enter` may forbid a node.
 * The starts themselves are in `visited` and have no step. One pass, whatever the depth.
 */
export function reach(
  nodes: readonly SnapshotNode[],
  starts: Iterable<number>,
  options: {
    readonly visited: Uint8Array;
    readonly steps: (Step | undefined)[];
    readonly enter?: (place: number) => boolean;
  },
): void {
  const { visited, steps, enter } = options;
  const queue: number[] = [];
  for (const start of starts) {
    if (visited[start] === 1) continue;
    visited[start] = 1;
    queue.push(start);
  }
  const come = (place: number, from: number, by: Step["by"]) => {
    if (visited[place] === 1 || enter?.(place) === false) return;
    visited[place] = 1;
    steps[place] = { from, by };
    queue.push(place);
  };
  for (let next = 0; next < queue.length; next += 1) {
    const node = nodes[queue[next] ?? -1];
    if (node === undefined) continue;
    for (const child of node.children) come(child, node.place, "child");
    for (const referrer of node.referrers) come(referrer, node.place, "referrer");
  }
}
