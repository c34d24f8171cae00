import type { BuildOrders } from "../observe/build-orders.ts";
import type { NodeSelection } from "../observe/node-selection.ts";
import type { TagIntervention } from "../tags/tag-intervention.ts";

/** What a plan is made for, beside the definition. Plain data. */
export interface PlanOptions extends BuildOrders {
  /** Only these images, and those of their bases that are not there. Default: all. */
  readonly only?: NodeSelection;
  /** Holds, freezes and forced moves of tags, each with who and why. */
  readonly interventions?: readonly TagIntervention[];
}
