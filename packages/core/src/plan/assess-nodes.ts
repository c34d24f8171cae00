import type { Family } from "../definition/family.ts";
import type { FamilyNode, NodeBase } from "../observe/family-nodes.ts";
import { inheritedReasons } from "../observe/inherited-reasons.ts";
import { isMissing, knownPlatforms, lacksPlatform, referenceFact, stagedBuild } from "../observe/node-key.ts";
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
  for (const node of nodes.values()) assessed.set(node.id, assess(node, context));
  return assessed;
}

interface Context {
  readonly family: Family;
  readonly state: ReleaseState;
  readonly byId: ReadonlyMap<string, FamilyNode>;
  readonly assessed: ReadonlyMap<string, AssessedNode>;
}

/** The last reason is always why it is this version. */
function verdict(node: FamilyNode, state: NodeState, reasons: readonly Reason[]): AssessedNode {
  // `concat`, and not a list that grows: that would keep room for sixteen more, in every node of a plan.
  return { node, state, reasons: reasons.concat(node.selected) as unknown as Reasons };
}

function assess(node: FamilyNode, context: Context): AssessedNode {
  const { reference, rebuild, fact } = node;
  if (fact?.state === "present" && rebuild === undefined) {
    return verdict(node, { digest: fact.digest, state: "built" }, keptReasons(node, fact.digest));
  }
  if (rebuild === undefined && !isMissing(fact, context.family))
    return verdict(node, { state: "unknown" }, [unknownReason(reference, fact)]);
  const wanted = rebuild?.reasons ?? [missingReason(reference, fact), ...parentReasons(node, context)];
  if (node.held !== undefined) return verdict(node, { on: "hold", state: "blocked" }, [...wanted, node.held]);
  if (node.missingCompanions.length > 0)
    return verdict(node, { state: "unknown" }, [...wanted, ...node.missingCompanions]);
  const blocked = blockedBy(node, context);
  if (blocked !== undefined) return verdict(node, { on: blocked.on, state: "blocked" }, [...wanted, blocked.reason]);
  const staged = node.image.publish === "staged" ? assessStaged(node, wanted, context) : undefined;
  return staged ?? verdict(node, { state: "queued" }, wanted);
}

function keptReasons({ reference, stale, held }: FamilyNode, digest: Digest): readonly Reason[] {
  const there: Reason = { code: "up-to-date", digest, reference };
  if (stale === undefined && held === undefined) return [there];
  const kept: readonly Reason[] = stale === undefined ? [] : [...stale, { code: "release-kept", reference }];
  return [there, ...kept, ...(held === undefined ? [] : [held])];
}

function missingReason(reference: string, fact: ReturnType<typeof referenceFact>): Reason {
  return fact?.state === "denied-or-absent"
    ? { code: "denied-or-absent", reference, takenAs: "absent" }
    : { code: "missing-in-registry", reference };
}

/** A finished build is not made again; one that may be there is neither made nor used. */
function assessStaged(node: FamilyNode, wanted: readonly Reason[], context: Context): AssessedNode | undefined {
  const staged = stagedBuild(node, context.family, context.state, context.byId);
  if (staged === undefined) return undefined;
  const { reference, fact } = staged;
  if (fact?.state === "present") {
    const { digest } = fact;
    const found: Reason = { code: "staged-build-found", digest, reference };
    return verdict(node, { digest, state: "tag-missing" }, [...wanted, found]);
  }
  if (isMissing(fact, context.family)) return undefined;
  // What has a reason of its own is built although nobody asked for the tag: the build looks before it begins.
  if (fact === undefined && node.rebuild !== undefined) return undefined;
  return verdict(node, { state: "unknown" }, [...wanted, unknownReason(reference, fact)]);
}

function unknownReason(reference: string, fact: ReturnType<typeof referenceFact>): Reason {
  if (fact?.state === "denied-or-absent") return { code: "denied-or-absent", reference, takenAs: "unknown" };
  if (fact?.state === "unknown")
    return { code: "registry-unknown", error: fact.error, message: fact.message, reference };
  return { code: "registry-unknown", error: "INCOMPLETE", message: "The state has no answer for it.", reference };
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
      const reason = blockedByPlatforms(node, base, parent, context);
      if (reason !== undefined) return { on, reason };
      continue;
    }
    const fact = referenceFact(context.state, on);
    if (fact?.state === "absent") return { on, reason: { code: "missing-in-registry", reference: on } };
    if (fact?.state !== "present") return { on, reason: unknownReason(on, fact) };
    const reason = platformReason(node, base, on, fact.platforms);
    if (reason !== undefined) return { on, reason };
  }
  return undefined;
}

function blockedByPlatforms(
  node: FamilyNode,
  base: NodeBase,
  parent: AssessedNode,
  context: Context,
): Reason | undefined {
  if (parent.state.state === "queued") return undefined;
  const platforms = knownPlatforms(parent.node, context.family, context.state, context.byId);
  // The base exists, but what it consists of could not be read: it cannot be pinned.
  if (platforms === undefined) return unknownReason(parent.node.reference, parent.node.fact);
  return platformReason(node, base, parent.node.id, platforms);
}

function platformReason(
  node: FamilyNode,
  base: NodeBase,
  name: string,
  platforms: Readonly<Record<string, Digest>> | undefined,
): Reason | undefined {
  if (platforms === undefined) return unknownReason(name, undefined);
  if (!lacksPlatform(node, base, platforms)) return undefined;
  return { base: name, code: "platform-missing", platforms: Object.keys(platforms) };
}

function parentReasons(node: FamilyNode, context: Context): readonly Reason[] {
  return inheritedReasons(node, (base) => {
    const parent = context.assessed.get(base);
    return parent?.state.state === "queued" ? parent.reasons : undefined;
  });
}
