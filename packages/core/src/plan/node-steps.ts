import type { AssessedNode } from "./assess-nodes.ts";
import { type BuildContext, buildSteps, verifyStep } from "./build-steps.ts";
import type { GroupMember } from "./gate-steps.ts";
import { heldTags, type PlacedTags, readyStep, taggedTarget } from "./node-tags.ts";
import type { PlannedNode, Step } from "./plan.ts";
import { copyStep, testStep } from "./ready-steps.ts";

/** What a plan does for a node. */
export interface NodeSteps {
  readonly steps: readonly Step[];
  readonly withheld: PlannedNode["withheld"];
  /** What it brings to its gated group: the tags stand there. */
  readonly member?: GroupMember;
}

/** What a node's steps depend on beside the node. */
export interface NodeStepsContext extends BuildContext {
  /** Gated groups that get no tag, each with the member because of which. */
  readonly heldGroups: ReadonlyMap<string, string>;
}

const nothing: NodeSteps = { steps: [], withheld: [] };

/** Build, wait, verify, test, copy, tag: what of these a node needs. */
export function nodeSteps(entry: AssessedNode, places: readonly PlacedTags[], context: NodeStepsContext): NodeSteps {
  const { node } = entry;
  const target = taggedTarget(entry);
  if (node.held !== undefined || target === undefined) return nothing;
  const because = context.heldGroups.get(node.group);
  if (because !== undefined) {
    // What is built waits under its staging tag. To check it again in every plan would be a plan without end.
    const steps = entry.state.state === "queued" ? readySteps(entry, context) : [];
    return { steps, withheld: heldTags(node, places, because) };
  }
  const [own] = places;
  const withheld = places.length === 1 && own !== undefined ? own.withheld : places.flatMap((place) => place.withheld);
  const isGated = node.image.release?.onFailure === "gate";
  // Most nodes of most plans: published, and tagged as they should be.
  const isDone = entry.state.state === "built" && places.every(({ steps }) => steps.length === 0);
  if (isDone) return { steps: nothing.steps, withheld };
  const ready = readySteps(entry, context);
  const copies = places.map(({ copy, steps }) => {
    const [first] = steps;
    if (copy === undefined || first === undefined) return [];
    return [copyStep(node, copy, { reasons: first.reasons, target, after: readyStep(entry) })];
  });
  if (!isGated) {
    const rest = places.flatMap(({ steps }, index): readonly Step[] => [...(copies[index] ?? []), ...steps]);
    return { steps: ready.length === 0 ? rest : [...ready, ...rest], withheld };
  }
  const steps = [...ready, ...copies.flat()];
  const member = {
    ready: steps.flatMap(({ id, kind }) => (kind === "build" || kind === "await-image" ? [] : [id])),
    tags: places.map((place) => place.steps),
  };
  return { steps, withheld, member };
}

/** What makes a node's image ready to be tagged; nothing where it is published. */
function readySteps(entry: AssessedNode, context: BuildContext): readonly Step[] {
  const { node, reasons } = entry;
  const target = taggedTarget(entry);
  if (target === undefined || readyStep(entry) === undefined) return [];
  const made = "digest" in target ? [verifyStep(node, reasons, target, [])] : buildSteps(node, reasons, context);
  const { test } = node.image;
  return test === undefined ? made : [...made, testStep(node, test, { reasons, target, family: context.family })];
}
