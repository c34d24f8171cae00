import type { Family } from "../definition/family.ts";
import type { FamilyNode } from "../observe/family-nodes.ts";
import { isMissing, knownPlatforms, platformBases, referenceFact, stagedBuild } from "../observe/node-key.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference } from "../oci/reference.ts";
import type { Reason, Reasons } from "../reason.ts";
import type { NodeState } from "./plan.ts";

/** A node, where it stands, and why. */
export interface AssessedNode {
  readonly node: FamilyNode;
  readonly state: NodeState;
  readonly reasons: Reasons;
}

/** Decides for every node, by id and bases first, whether it exists, must be built, or cannot be decided. */
export function assessNodes(
  nodes: ReadonlyMap<string, FamilyNode>,
  family: Family,
  state: ReleaseState,
): ReadonlyMap<string, AssessedNode> {
  const assessed = new Map<string, AssessedNode>();
  const context: Context = { family, state, byId: nodes, assessed };
  for (const node of nodes.values()) {
    const [verdict, ...reasons] = assess(node, context);
    assessed.set(node.id, {
      node,
      state: verdict,
      reasons: [reasons[0] ?? node.selected, ...reasons.slice(1), ...(reasons.length > 0 ? [node.selected] : [])],
    });
  }
  return assessed;
}

interface Context {
  readonly family: Family;
  readonly state: ReleaseState;
  readonly byId: ReadonlyMap<string, FamilyNode>;
  readonly assessed: ReadonlyMap<string, AssessedNode>;
}

type Assessment = readonly [NodeState, ...Reason[]];

function assess(node: FamilyNode, context: Context): Assessment {
  const reference = formatReference(node.exact);
  const fact = referenceFact(context.state, reference);
  if (fact?.state === "present") {
    return [
      { state: "built", digest: fact.digest },
      { code: "up-to-date", reference, digest: fact.digest },
    ];
  }
  if (!isMissing(fact, context.family)) return [{ state: "unknown" }, unknownReason(reference, fact)];
  const missing: Reason =
    fact?.state === "denied-or-absent"
      ? { code: "denied-or-absent", reference, takenAs: "absent" }
      : { code: "missing-in-registry", reference };
  if (node.missingCompanions.length > 0) return [{ state: "unknown" }, missing, ...node.missingCompanions];
  const blocked = blockedBy(node, context);
  if (blocked !== undefined) return [{ state: "blocked", on: blocked.on }, missing, blocked.reason];
  if (node.image.publish === "staged") {
    const staged = stagedBuild(node, context.family, context.state, context.byId);
    const found = staged === undefined ? undefined : assessStaged(staged, missing, context.family);
    if (found !== undefined) return found;
  }
  return [{ state: "queued" }, missing, ...parentReasons(node, context)];
}

function assessStaged(
  staged: { readonly reference: string; readonly fact: ReturnType<typeof referenceFact> },
  missing: Reason,
  family: Family,
): Assessment | undefined {
  const { reference, fact } = staged;
  if (fact?.state === "present") {
    return [
      { state: "tag-missing", digest: fact.digest },
      missing,
      { code: "staged-build-found", reference, digest: fact.digest },
    ];
  }
  return isMissing(fact, family) ? undefined : [{ state: "unknown" }, missing, unknownReason(reference, fact)];
}

function unknownReason(reference: string, fact: ReturnType<typeof referenceFact>): Reason {
  if (fact?.state === "denied-or-absent") return { code: "denied-or-absent", reference, takenAs: "unknown" };
  if (fact?.state === "unknown")
    return { code: "registry-unknown", reference, error: fact.error, message: fact.message };
  return { code: "registry-unknown", reference, error: "INCOMPLETE", message: "The state has no answer for it." };
}

/** The first base that keeps the node from being built. */
function blockedBy(node: FamilyNode, context: Context): { readonly on: string; readonly reason: Reason } | undefined {
  for (const base of node.bases) {
    const on = base.kind === "node" ? base.node : formatReference(base.base.reference);
    if (base.kind === "node") {
      const parent = context.assessed.get(base.node);
      if (parent === undefined || parent.state.state === "unknown" || parent.state.state === "blocked") {
        return { on, reason: { code: "blocked", on } };
      }
      const reason = blockedByPlatforms(node, parent, context);
      if (reason !== undefined) return { on, reason };
      continue;
    }
    const fact = referenceFact(context.state, on);
    if (fact?.state === "absent") return { on, reason: { code: "missing-in-registry", reference: on } };
    if (fact?.state !== "present") return { on, reason: unknownReason(on, fact) };
    const reason = platformReason(node, on, fact.platforms);
    if (reason !== undefined) return { on, reason };
  }
  return undefined;
}

function blockedByPlatforms(node: FamilyNode, parent: AssessedNode, context: Context): Reason | undefined {
  if (parent.state.state === "queued") return undefined;
  const platforms = knownPlatforms(parent.node, context.family, context.state, context.byId);
  const fact = referenceFact(context.state, formatReference(parent.node.exact));
  // The base exists, but what it consists of could not be read: it cannot be pinned.
  if (platforms === undefined) return unknownReason(formatReference(parent.node.exact), fact);
  return platformReason(node, parent.node.id, platforms);
}

function platformReason(
  node: FamilyNode,
  base: string,
  platforms: Readonly<Record<string, Digest>> | undefined,
): Reason | undefined {
  if (platforms === undefined) return unknownReason(base, undefined);
  if (platformBases(node, [platforms]) !== undefined) return undefined;
  return { code: "platform-missing", base, platforms: Object.keys(platforms) };
}

function parentReasons(node: FamilyNode, context: Context): readonly Reason[] {
  return node.bases.flatMap((base): readonly Reason[] => {
    const parent = base.kind === "node" ? context.assessed.get(base.node) : undefined;
    return parent?.state.state === "queued" ? [{ code: "parent-rebuilt", parent: parent.node.id, distance: 1 }] : [];
  });
}
