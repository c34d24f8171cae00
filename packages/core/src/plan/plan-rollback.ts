import { addMs, type Instant } from "../instant.ts";
import { referenceFact } from "../observe/node-key.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, tagReference } from "../oci/reference.ts";
import type { Reason } from "../reason.ts";
import type { Plan, PlannedNode, TagStep } from "./plan.ts";
import { planId } from "./plan-id.ts";

/** How a rollback is planned. */
export interface RollbackOptions {
  /** What came of the plan's steps. Without it, what a build published is read from the node's exact tag. */
  readonly outcomes?: readonly { readonly step: string; readonly state: string; readonly digest?: Digest }[];
  /** How long the plan may be executed, in milliseconds. Default one hour. */
  readonly validMs?: number;
}

/**
 * Takes back what a plan did to moving tags: each that showed something before and still shows what the plan put there
 * goes back to that digest. Nothing else is touched and nothing is deleted; what stays, and why, stands at its node.
 *
 * @param plan - The plan that was executed, wholly or in part.
 * @param state - What the tags show now; what is not in it counts as unknown.
 */
export function planRollback(
  plan: Plan,
  state: Pick<ReleaseState, "references">,
  now: Instant,
  options: RollbackOptions = {},
): Plan {
  const outcomes =
    options.outcomes === undefined ? undefined : new Map(options.outcomes.map((outcome) => [outcome.step, outcome]));
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const steps: TagStep[] = [];
  const withheld = new Map<string, PlannedNode["withheld"][number][]>();
  // Backwards: what was moved last is what most people use.
  for (const step of [...plan.steps].reverse()) {
    if (step.kind !== "tag" || step.mutability !== "moving") continue;
    const outcome = outcomes?.get(step.id);
    // What was not moved is not to be taken back.
    if (outcomes !== undefined && outcome?.state !== "done") continue;
    const ours =
      "digest" in step.target ? step.target.digest : (outcome?.digest ?? published(nodes.get(step.node), state));
    const decided = decide(step, ours, state);
    if (decided === undefined) continue;
    if ("withheld" in decided) {
      const held = { tag: step.tag, rule: "rollback", reasons: [decided.withheld] } as const;
      withheld.set(step.node, [...(withheld.get(step.node) ?? []), held]);
      continue;
    }
    const previous = steps.at(-1);
    steps.push({ ...decided, dependsOn: previous === undefined ? [] : [previous.id], group: "rollback" });
  }
  const rollback: Omit<Plan, "id"> = {
    formatVersion: 1,
    family: plan.family,
    plannedAt: now,
    expiresAt: addMs(now, options.validMs ?? 3_600_000),
    steps,
    nodes: plan.nodes.flatMap((node) => plannedNode(node, steps, withheld.get(node.id) ?? [])),
    unresolved: [],
    rollsBack: plan.id,
  };
  return { ...rollback, id: planId(rollback) };
}

/** What a build of the plan published: its exact tag shows it. */
function published(node: PlannedNode | undefined, state: Pick<ReleaseState, "references">): Digest | undefined {
  const fact = node === undefined ? undefined : referenceFact(state, node.reference);
  return fact?.state === "present" ? fact.digest : undefined;
}

/** `undefined` where the tag is back already. */
function decide(
  step: TagStep,
  ours: Digest | undefined,
  state: Pick<ReleaseState, "references">,
): Omit<TagStep, "dependsOn" | "group"> | { readonly withheld: Reason } | undefined {
  const reference = formatReference(tagReference(step.repository, step.tag));
  if (!("digest" in step.expected)) return { withheld: { code: "nothing-before", reference } };
  const before = step.expected.digest;
  const fact = referenceFact(state, reference);
  if (fact?.state === "absent") return { withheld: { code: "missing-in-registry", reference } };
  if (fact?.state !== "present" || ours === undefined) {
    const message = "It is not known whether it still shows what the plan put there.";
    const unknown = fact?.state === "unknown" ? fact : { error: "INCOMPLETE", message };
    return { withheld: { code: "registry-unknown", reference, error: unknown.error, message: unknown.message } };
  }
  if (fact.digest === before) return undefined;
  if (fact.digest !== ours) return { withheld: { code: "moved-since", reference, found: fact.digest, ours } };
  return {
    ...{ kind: "tag", id: step.id, node: step.node, repository: step.repository, tag: step.tag, mutability: "moving" },
    reasons: [{ code: "rolled-back", reference, from: ours, to: before }],
    target: { digest: before },
    expected: { digest: ours },
  };
}

function plannedNode(
  node: PlannedNode,
  steps: readonly TagStep[],
  withheld: PlannedNode["withheld"],
): readonly PlannedNode[] {
  const own = steps.filter((step) => step.node === node.id);
  const [first] = own;
  const { id, image, version, reference } = node;
  const common = { id, image, version, reference, bases: [], withheld };
  if (first !== undefined && "digest" in first.target)
    return [{ ...common, state: { state: "built", digest: first.target.digest }, reasons: first.reasons }];
  const [held] = withheld;
  return held === undefined ? [] : [{ ...common, state: { state: "unknown" }, reasons: held.reasons }];
}
