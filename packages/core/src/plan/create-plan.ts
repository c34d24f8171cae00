import type { Family } from "../definition/family.ts";
import { BayplanError, type Problem } from "../errors.ts";
import { addMs, type Instant } from "../instant.ts";
import { applyOrders } from "../observe/apply-orders.ts";
import { type FamilyNode, familyNodes } from "../observe/family-nodes.ts";
import { stagedBuild } from "../observe/node-key.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import { formatReference, formatRepository } from "../oci/reference.ts";
import { type AssessedNode, assessNodes } from "./assess-nodes.ts";
import { type BuildContext, buildSteps, stepId, verifyStep } from "./build-steps.ts";
import type { LateDigest, Plan, PlannedNode, Step } from "./plan.ts";
import { planId } from "./plan-id.ts";
import type { PlanOptions } from "./plan-options.ts";
import { selectNodes } from "./select-nodes.ts";
import { type NodeTags, type TagContext, tagSteps } from "./tag-steps.ts";

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
  const verified = new Set(
    wanted.flatMap(({ node, state: { state } }) => (state === "queued" || state === "tag-missing" ? [node.id] : [])),
  );
  const context: PlanContext = { family, state, nodes: byId, verified, now, interventions: options.interventions };
  const planned = wanted.map((entry) => planNode(entry, context));
  const plan: Omit<Plan, "id"> = {
    formatVersion: 1,
    family: family.name,
    plannedAt: now,
    expiresAt: addMs(now, family.planValidMs),
    steps: planned.flatMap((entry) => entry.steps),
    nodes: planned.map((entry) => entry.node),
    unresolved: unresolved.map(({ leg, reason }) => ({ leg: leg.id, reasons: [reason] })),
    ...(selection === undefined ? {} : { leftOut: selection.leftOut }),
  };
  return { ...plan, id: planId(plan) };
}

type PlanContext = BuildContext & TagContext;

function planNode(
  entry: AssessedNode,
  context: PlanContext,
): { readonly node: PlannedNode; readonly steps: readonly Step[] } {
  const { node, state, reasons } = entry;
  const { steps, withheld } = nodeSteps(entry, context);
  const planned: PlannedNode = {
    id: node.id,
    image: node.image.name,
    version: node.version,
    reference: node.reference,
    bases: node.bases.map((base) => (base.kind === "node" ? base.node : formatReference(base.base.reference))),
    state,
    ...keyOf(entry, context),
    reasons,
    withheld,
  };
  return { node: planned, steps };
}

/** Of nodes that are taken as built nothing is known but that they are there. */
function keyOf({ node, state: { state } }: AssessedNode, context: BuildContext): Pick<PlannedNode, "key"> {
  if (state !== "queued" && state !== "tag-missing") return {};
  const staged = stagedBuild(node, context.family, context.state, context.nodes);
  return staged === undefined ? {} : { key: staged.key };
}

function nodeSteps(
  entry: AssessedNode,
  context: PlanContext,
): { readonly steps: readonly Step[]; readonly withheld: NodeTags["withheld"] } {
  const { node, state, reasons } = entry;
  if (node.held !== undefined) return { steps: [], withheld: [] };
  if (state.state === "built") {
    const { digest } = state;
    return tagSteps(node, context, { target: { digest }, present: digest, skipExact: true });
  }
  if (state.state === "blocked" || state.state === "unknown") return { steps: [], withheld: [] };
  const verify = stepId.verify(node.id);
  if (state.state === "tag-missing") {
    const target: LateDigest = { digest: state.digest };
    const tags = tagSteps(node, context, { target, after: verify, skipExact: false });
    return { steps: [verifyStep(node, reasons, target, []), ...tags.steps], withheld: tags.withheld };
  }
  const target: LateDigest = { fromStep: verify };
  const tags = tagSteps(node, context, {
    target,
    after: verify,
    skipExact: node.image.publish === "direct",
  });
  return { steps: [...buildSteps(node, reasons, context), ...tags.steps], withheld: tags.withheld };
}

/** Two nodes may not claim one tag of one repository: whichever ran last would win. */
function refuseCollisions(nodes: readonly FamilyNode[]): void {
  const claims = new Map<string, FamilyNode>();
  const problems: Problem[] = [];
  for (const node of nodes) {
    const repository = formatRepository(node.exact);
    for (const tag of [node.tags.main, ...node.tags.others]) {
      const reference = `${repository}:${tag}`;
      const other = claims.get(reference);
      claims.set(reference, other ?? node);
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
