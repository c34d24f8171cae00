import type { NodeState } from "../plan/plan.ts";

/** Where a node stands, for a person. */
export function stateText(state: NodeState): string {
  switch (state.state) {
    case "built":
      return "is there";
    case "tag-missing":
      return "is built, to be tagged";
    case "queued":
      return "to be built";
    case "blocked":
      return `blocked by ${state.on}`;
    case "unknown":
      return "unknown, left alone";
  }
}
