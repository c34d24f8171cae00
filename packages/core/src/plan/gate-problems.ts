import type { Family, ImageDefinition, VersionLeg } from "../definition/family.ts";
import { groupOf } from "../definition/group-of.ts";
import type { Problem } from "../errors.ts";
import { formatRepository } from "../oci/reference.ts";
import { stepId } from "./build-steps.ts";
import type { Plan, PlannedNode, PreflightStep, PreflightTag, Step } from "./plan.ts";
import type { StepPlace } from "./step-place.ts";

/** The group of a promotion: its images were tested before it was planned. */
const promotion = "promotion";

/** A look at a group, ready to be asked about. */
interface Gate {
  readonly step: PreflightStep;
  readonly waits: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
}

/**
 * Judges after what a step that publishes comes: the check and the test of its image and, in a gated group, one look at all
 * tags of the group after the checks and tests of all its members.
 *
 * @param plan - Its steps stand in an order in which they can be done.
 */
export function createGateJudge(plan: Plan, family: Family): (step: Step, place: StepPlace) => readonly Problem[] {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const behind = gatesBefore(plan.steps);
  const tagged = new Map<string, Set<string>>();
  for (const step of plan.steps) if (step.kind === "tag") addTo(tagged, step.group, textOf(step));
  const unreadyOf = createMemberCheck(plan, family);
  const isAfter = (step: Step, id: string): boolean =>
    comesAfter(step, id, steps) || gatesOf(behind, step).some(({ waits }) => waits.has(id));

  return (step, { node, image, leg }) => {
    const problem = (found: string, expected: string): readonly Problem[] => [{ path: step.id, found, expected }];
    if (step.kind === "preflight") {
      const stray = step.tags.find((tag) => !tagged.get(step.group)?.has(textOf(tag)));
      return stray === undefined ? [] : problem(`a look at ${stray.tag}`, "a tag that the group writes");
    }
    if (step.kind !== "tag" && step.kind !== "copy") return [];
    const undone = readyIds(node, image, step.group).find((id) => !isAfter(step, id));
    if (undone !== undefined) return problem("a target that was not verified or tested", `done after ${undone}`);
    const own = groupOf(image, leg, node.id);
    const policy = image.release?.onFailure;
    if (policy !== undefined && step.group !== promotion && (step.group !== own || plan.groups?.[own] !== policy))
      return problem(`a step of the group ${step.group}`, `one of ${own}, with the policy ${policy}`);
    const isGated = policy === "gate" || step.group === promotion || plan.groups?.[step.group] === "gate";
    if (step.kind === "copy" || !isGated) return [];
    const gate = gatesOf(behind, step).find((one) => one.step.group === step.group && one.tags.has(textOf(step)));
    if (gate === undefined) return problem("a tag of a gated group", "done after a look at all tags of the group");
    const unready = unreadyOf(gate, leg, node.version);
    return unready === undefined ? [] : problem("a tag of a gated group", `done after ${unready}`);
  };
}

/** What must be done before anything of a node is published. */
function readyIds(node: PlannedNode, image: ImageDefinition | undefined, group: string): readonly string[] {
  // A workflow that publishes directly pushes the exact tag before anybody checks or tests the image.
  const isLate = image?.publish === "direct" && (image.test !== undefined || image.release?.onFailure === "gate");
  if (node.state.state === "built" && (!isLate || group === promotion)) return [];
  const isTested = image?.test !== undefined && group !== promotion;
  return isTested ? [stepId.verify(node.id), stepId.test(node.id)] : [stepId.verify(node.id)];
}

/** Follows a node's own steps back. */
function comesAfter(step: Step, id: string, steps: ReadonlyMap<string, Step>): boolean {
  const seen = new Set<string>();
  const open = [step];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one.dependsOn.includes(id)) return true;
    for (const before of one.dependsOn) {
      const next = seen.has(before) ? undefined : steps.get(before);
      seen.add(before);
      if (next?.node === step.node && next.kind !== "preflight") open.push(next);
    }
  }
  return false;
}

type Gates = ReadonlyMap<string, ReadonlySet<Gate>>;

const gatesOf = (behind: Gates, step: Step): readonly Gate[] => [...(behind.get(step.id) ?? [])];

/** The looks at groups that each step comes after. */
function gatesBefore(steps: readonly Step[]): Gates {
  const behind = new Map<string, Set<Gate>>();
  for (const step of steps) {
    for (const id of step.dependsOn) for (const gate of behind.get(id) ?? []) addTo(behind, step.id, gate);
    if (step.kind !== "preflight") continue;
    const gate = { step, waits: new Set(step.dependsOn), tags: new Set(step.tags.map(textOf)) };
    addTo(behind, step.id, gate);
  }
  return behind;
}

/** The first check or test of a gate's group that the gate does not wait for; undefined where it waits for all. */
function createMemberCheck(plan: Plan, family: Family) {
  const images = new Map(family.images.map((image) => [image.name, image]));
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const leftOut = new Set(plan.leftOut);
  const known = new Map<Gate, string | undefined>();
  const membersOf = (gate: Gate, leg: VersionLeg, version: string): readonly (PlannedNode | string)[] => {
    if (gate.step.group === promotion) return plan.nodes;
    const ids = leg.images.flatMap((name) => {
      const image = images.get(name);
      const id = `${name}@${version}`;
      return image === undefined || groupOf(image, leg, id) !== gate.step.group || leftOut.has(id) ? [] : [id];
    });
    return ids.map((id) => nodes.get(id) ?? id);
  };
  return (gate: Gate, leg: VersionLeg, version: string): string | undefined => {
    if (known.has(gate)) return known.get(gate);
    const unready = membersOf(gate, leg, version)
      .flatMap((node) => {
        if (typeof node === "string") return [stepId.verify(node)];
        // What is published takes part with its own tags only, and those are judged one by one.
        return node.state.state === "built" ? [] : readyIds(node, images.get(node.image), gate.step.group);
      })
      .find((id) => !gate.waits.has(id));
    known.set(gate, unready);
    return unready;
  };
}

function textOf({ repository, tag, target, mutability, expected }: PreflightTag): string {
  return JSON.stringify([formatRepository(repository), tag, mutability, entry(target), entry(expected)]);
}

const entry = (value: object) => Object.entries(value)[0];

function addTo<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}
