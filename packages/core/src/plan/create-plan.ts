import type { Family } from "../definition/family.ts";
import type { FailurePolicy } from "../definition/family-config.ts";
import { BayplanError, type Problem } from "../errors.ts";
import { addMs, type Instant } from "../instant.ts";
import { applyOrders } from "../observe/apply-orders.ts";
import { type FamilyNode, familyNodes } from "../observe/family-nodes.ts";
import { stagedBuild } from "../observe/node-key.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, formatRepository } from "../oci/reference.ts";
import { type AssessedNode, assessNodes } from "./assess-nodes.ts";
import type { BuildContext } from "./build-steps.ts";
import { type GroupMember, gateSteps } from "./gate-steps.ts";
import { heldGroups } from "./held-groups.ts";
import { type NodeStepsContext, nodeSteps } from "./node-steps.ts";
import { nodeTags, type PlacedTags } from "./node-tags.ts";
import type { Plan, PlannedNode, Step } from "./plan.ts";
import { planId } from "./plan-id.ts";
import type { PlanOptions } from "./plan-options.ts";
import { selectNodes } from "./select-nodes.ts";
import type { TagContext } from "./tag-steps.ts";

/**
 * Decides what to build and tag so that the registry becomes what the definition says. Synchronous and pure: the same
 * definition, state and instant give the same plan with the same id.
 *
 * Only a clear "not there" causes a build. What could not be learnt leaves its node `unknown`, and everything built on
 * it `blocked`; the rest is planned all the same.
 *
 * Beyond what is missing, a build needs evidence that what is there is stale, an age above the limit, or an order of
 * somebody with a reason; and a definition that lets releases be built again.
 *
 * @throws BayplanError `INVALID_DEFINITION` when two nodes claim one tag, naming both; `INVALID_TAG` when a version
 * would give an illegal tag, naming the rule; `INVALID_INPUT` for orders without who or why and for selections of images
 * that are not there.
 */
export function createPlan(family: Family, state: ReleaseState, now: Instant, options: PlanOptions = {}): Plan {
  const { nodes, unresolved } = familyNodes(family, state, now);
  refuseCollisions(nodes);
  // One map for all: keys are remembered by it, so each is made once.
  const byId = applyOrders(nodes, { family, state, now, orders: options });
  const assessed = assessNodes(byId, family, state);
  const selection = options.only === undefined ? undefined : selectNodes(assessed, options.only, family);
  const wanted = selection?.selected ?? [...assessed.values()];
  const tags: TagContext = { family, state, now, interventions: options.interventions };
  const tagsOf = rememberTags(tags);
  const isPlanned = isPlannedIn(selection?.selected);
  const held = heldGroups(assessed.values(), tagsOf, isPlanned);
  const verified = new Set(wanted.flatMap((entry) => (isVerified(entry, held) ? [entry.node.id] : [])));
  const context: NodeStepsContext = { family, state, nodes: byId, verified, heldGroups: held };
  const planned = wanted.map((entry) => planNode(entry, tagsOf(entry), context));
  const steps = joinSteps(wanted, planned);
  const plan: Omit<Plan, "id"> = {
    formatVersion: 1,
    family: family.name,
    plannedAt: now,
    expiresAt: addMs(now, family.planValidMs),
    steps,
    nodes: planned.map((entry) => entry.node),
    unresolved: unresolved.map(({ leg, reason }) => ({ leg: leg.id, reasons: [reason] })),
    ...failurePolicies(wanted, steps),
    ...(selection === undefined ? {} : { leftOut: selection.leftOut }),
  };
  return { ...plan, id: planId(plan) };
}

/** A node whose image is checked in this plan: what is built on it waits for that. */
function isVerified({ node, state: { state } }: AssessedNode, held: ReadonlyMap<string, string>): boolean {
  return state === "queued" || (state === "tag-missing" && !held.has(node.group));
}

function isPlannedIn(selected: readonly AssessedNode[] | undefined): (entry: AssessedNode) => boolean {
  const all = selected === undefined ? undefined : new Set(selected);
  return (entry) => entry.node.held === undefined && all?.has(entry) !== false;
}

/** Tags of a gated group's members are needed twice: to know whether the group is held, and to write them. */
function rememberTags(context: TagContext): (entry: AssessedNode) => readonly PlacedTags[] {
  const known = new Map<AssessedNode, readonly PlacedTags[]>();
  return (entry) => {
    if (entry.node.image.release?.onFailure !== "gate") return nodeTags(entry, context);
    const tags = known.get(entry) ?? nodeTags(entry, context);
    known.set(entry, tags);
    return tags;
  };
}

interface PlannedEntry {
  readonly node: PlannedNode;
  readonly steps: readonly Step[];
  readonly member: GroupMember | undefined;
}

/** All steps, the tags of a gated group after those of its last member. */
function joinSteps(entries: readonly AssessedNode[], planned: readonly PlannedEntry[]): readonly Step[] {
  const last = new Map<string, AssessedNode>();
  const members = new Map<string, GroupMember[]>();
  for (const entry of entries) if (entry.node.image.release !== undefined) last.set(entry.node.group, entry);
  if (last.size === 0) return planned.flatMap(({ steps }) => steps);
  return entries.flatMap((entry, index) => {
    const { group } = entry.node;
    const { steps = [], member } = planned[index] ?? {};
    const own = members.get(group) ?? [];
    members.set(group, own);
    if (member !== undefined) own.push(member);
    return last.get(group) === entry && own.length > 0 ? [...steps, ...gateSteps(group, own)] : steps;
  });
}

/** How the release groups that have something to do take a failure. */
function failurePolicies(entries: readonly AssessedNode[], steps: readonly Step[]): Pick<Plan, "groups"> {
  const policies = new Map<string, FailurePolicy>();
  for (const { node } of entries)
    if (node.image.release !== undefined) policies.set(node.group, node.image.release.onFailure);
  if (policies.size === 0) return {};
  const active = new Set(steps.map(({ group }) => group));
  const groups = [...policies].filter(([group]) => active.has(group));
  return groups.length === 0 ? {} : { groups: Object.fromEntries(groups) };
}

function planNode(entry: AssessedNode, places: readonly PlacedTags[], context: NodeStepsContext): PlannedEntry {
  const { node, state, reasons } = entry;
  const { steps, withheld, member } = nodeSteps(entry, places, context);
  const bases =
    node.bases.length === 0
      ? noBases
      : node.bases.map((base) => (base.kind === "node" ? base.node : formatReference(base.base.reference)));
  const { id, reference, version } = node;
  const image = node.image.name;
  const key = keyOf(entry, context);
  // Members of what a plan has many of stand in the order of canonical JSON: so the engine's own writer gives the text
  // that is the plan's name. And no spread: it leaves room for more members in every record.
  const planned: PlannedNode =
    key === undefined
      ? { bases, id, image, reasons, reference, state, version, withheld }
      : { bases, id, image, key, reasons, reference, state, version, withheld };
  return { node: planned, steps, member };
}

const noBases: readonly string[] = [];

/** Of nodes that are taken as built nothing is known but that they are there. */
function keyOf({ node, state: { state } }: AssessedNode, context: BuildContext): Digest | undefined {
  if (state !== "queued" && state !== "tag-missing") return undefined;
  return stagedBuild(node, context.family, context.state, context.nodes)?.key;
}

/** Two nodes may not claim one tag of one repository: whichever ran last would win. */
function refuseCollisions(nodes: readonly FamilyNode[]): void {
  const claims = new Map<string, FamilyNode>();
  const problems: Problem[] = [];
  for (const node of nodes) {
    const others = node.tags.others.map((tag) => `${formatRepository(node.exact)}:${tag}`);
    for (const reference of [node.reference, ...others]) {
      const other = claims.get(reference);
      if (other === undefined) claims.set(reference, node);
      if (other === undefined || other === node) continue;
      const found = `${reference}, claimed by ${other.id} and by ${node.id}`;
      problems.push({
        path: "tags",
        found,
        expected: "one claimant per tag; tell them apart, for example with {variant}",
      });
    }
  }
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `\n  ${problem.found}`);
  const message = `Two images claim one tag. Tell them apart, for example with {variant}:${lines.join("")}`;
  throw new BayplanError("INVALID_DEFINITION", message, { problems });
}
