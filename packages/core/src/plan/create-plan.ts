import type { Family } from "../definition/family.ts";
import { BayplanError, type Problem } from "../errors.ts";
import { addMs, type Instant } from "../instant.ts";
import { type FamilyNode, familyNodes } from "../observe/family-nodes.ts";
import { stagedBuild } from "../observe/node-key.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import { tagReferences } from "../observe/requirements.ts";
import { formatReference } from "../oci/reference.ts";
import { type AssessedNode, assessNodes } from "./assess-nodes.ts";
import { type BuildContext, buildSteps, stepId, verifyStep } from "./build-steps.ts";
import type { LateDigest, Plan, PlannedNode, Step } from "./plan.ts";
import { planId } from "./plan-id.ts";
import { type NodeTags, tagSteps } from "./tag-steps.ts";

/**
 * Decides what to build and tag so that the registry becomes what the definition says. Synchronous and pure: the same
 * definition, state and instant give the same plan with the same id.
 *
 * Only a clear "not there" causes a build. What could not be learnt leaves its node `unknown`, and everything built on
 * it `blocked`; the rest is planned all the same.
 *
 * @throws BayplanError `INVALID_DEFINITION` when two nodes claim one tag, naming both; `INVALID_TAG` when a version
 * would give an illegal tag, naming the rule.
 */
export function createPlan(family: Family, state: ReleaseState, now: Instant): Plan {
  const { nodes, unresolved } = familyNodes(family, state, now);
  refuseCollisions(nodes);
  // One map for all: keys are remembered by it, so each is made once.
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const assessed = assessNodes(byId, family, state);
  const verified = new Set(
    [...assessed.values()].flatMap(({ node, state: { state } }) =>
      state === "queued" || state === "tag-missing" ? [node.id] : [],
    ),
  );
  const context: BuildContext = { family, state, nodes: byId, verified };
  const planned = [...assessed.values()].map((entry) => planNode(entry, context));
  const plan: Omit<Plan, "id"> = {
    formatVersion: 1,
    family: family.name,
    plannedAt: now,
    expiresAt: addMs(now, family.planValidMs),
    steps: planned.flatMap((entry) => entry.steps),
    nodes: planned.map((entry) => entry.node),
    unresolved: unresolved.map(({ leg, reason }) => ({ leg: leg.id, reasons: [reason] })),
  };
  return { ...plan, id: planId(plan) };
}

function planNode(
  entry: AssessedNode,
  context: BuildContext,
): { readonly node: PlannedNode; readonly steps: readonly Step[] } {
  const { node, state, reasons } = entry;
  const { steps, withheld } = nodeSteps(entry, context);
  const planned: PlannedNode = {
    id: node.id,
    image: node.image.name,
    version: node.version,
    reference: formatReference(node.exact),
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
  context: BuildContext,
): { readonly steps: readonly Step[]; readonly withheld: NodeTags["withheld"] } {
  const { node, state, reasons } = entry;
  const { family } = context;
  if (state.state === "built") {
    const { digest } = state;
    return tagSteps(node, family, context.state, { target: { digest }, present: digest, skipExact: true });
  }
  if (state.state === "blocked" || state.state === "unknown") return { steps: [], withheld: [] };
  const verify = stepId.verify(node.id);
  if (state.state === "tag-missing") {
    const target: LateDigest = { digest: state.digest };
    const tags = tagSteps(node, family, context.state, { target, after: verify, skipExact: false });
    return { steps: [verifyStep(node, reasons, target, []), ...tags.steps], withheld: tags.withheld };
  }
  const target: LateDigest = { fromStep: verify };
  const tags = tagSteps(node, family, context.state, {
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
    for (const reference of [node.exact, ...tagReferences(node)].map(formatReference)) {
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
