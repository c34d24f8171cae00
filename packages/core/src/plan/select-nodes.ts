import type { Family } from "../definition/family.ts";
import { createSelector, type NodeSelection } from "../observe/node-selection.ts";
import type { AssessedNode } from "./assess-nodes.ts";

/** The nodes a plan is about, in build order, and the ids of the others. */
export interface SelectedNodes {
  readonly selected: readonly AssessedNode[];
  readonly leftOut: readonly string[];
}

/**
 * What is selected and, of what it is built on, everything that is not there as it should be.
 *
 * @throws BayplanError `INVALID_INPUT` for an image pattern that matches no image.
 */
export function selectNodes(
  assessed: ReadonlyMap<string, AssessedNode>,
  only: NodeSelection,
  family: Family,
): SelectedNodes {
  const isSelected = createSelector(only, family.images);
  const needed = new Set<string>();
  // Backwards: what is built on a base comes after it.
  for (const { node, state } of [...assessed.values()].reverse()) {
    if (isSelected(node)) needed.add(node.id);
    if (!needed.has(node.id) || state.state === "built") continue;
    for (const base of node.bases) {
      const isOpen = base.kind === "node" && assessed.get(base.node)?.state.state !== "built";
      if (isOpen) needed.add(base.node);
    }
  }
  const all = [...assessed.values()];
  return {
    selected: all.filter(({ node }) => needed.has(node.id)),
    leftOut: all.flatMap(({ node }) => (needed.has(node.id) ? [] : [node.id])),
  };
}
