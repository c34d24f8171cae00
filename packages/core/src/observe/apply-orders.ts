import type { Family } from "../definition/family.ts";
import { BayplanError } from "../errors.ts";
import { type Instant, instantToMs } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { Reason } from "../reason.ts";
import { ageReason } from "./age-reason.ts";
import type { BuildOrders, ForcedBuild, HeldBuild } from "./build-orders.ts";
import { driftReasons } from "./drift-reasons.ts";
import type { FamilyNode } from "./family-nodes.ts";
import { inheritedReasons } from "./inherited-reasons.ts";
import { stagedBuild } from "./node-key.ts";
import { createSelector } from "./node-selection.ts";
import type { ReleaseState } from "./release-state.ts";

/** Why an image that exists is built again. */
export interface Rebuild {
  readonly reasons: readonly Reason[];
  /** What its exact tag shows now. */
  readonly replaces: Digest;
  /** Part of its key where nothing that a key is made of has changed. */
  readonly again?: string;
}

/** What orders are judged with. */
export interface OrderContext {
  readonly family: Family;
  readonly state: ReleaseState;
  readonly now: Instant;
  readonly orders: BuildOrders;
}

/**
 * Finds what is held and, of what exists, what is to be built again: forced, too old, built on something that has
 * changed, or built on an image that is built again itself.
 *
 * @param nodes - Bases before what is built on them.
 * @returns The nodes by id, in the same order. Keys are remembered by this map.
 * @throws BayplanError `INVALID_INPUT` for orders without who or why, and for images that the family does not have.
 */
export function applyOrders(nodes: readonly FamilyNode[], context: OrderContext): ReadonlyMap<string, FamilyNode> {
  const { family, state, now, orders } = context;
  const holds = readOrders(orders.holds ?? [], "hold", family).filter(
    ({ order }) => order.until === undefined || instantToMs(order.until) > instantToMs(now),
  );
  const forces = readOrders(orders.force ?? [], "force", family);
  const byId = new Map<string, FamilyNode>();
  const drift = { family, state, nodes: byId };
  const reasonsOf = (base: string) => byId.get(base)?.rebuild?.reasons;
  for (const node of nodes) {
    byId.set(node.id, node);
    const hold = holds.find(({ selects }) => selects(node))?.order;
    if (hold !== undefined) {
      byId.set(node.id, { ...node, held: heldReason(hold) });
      continue;
    }
    if (node.fact?.state !== "present") continue;
    const replaces = node.fact.digest;
    const ordered = forcedReasons(node, replaces, forces).concat(ageReason(node, context));
    // Nothing that is known of its sources has changed: the key tells the new build from the one that is there.
    const again = ordered.length === 0 ? {} : { again: replaces };
    const marked = ordered.length === 0 ? node : markedNode(node, { reasons: ordered, replaces, ...again });
    if (marked !== node) byId.set(node.id, marked);
    const found = driftReasons(marked, drift).concat(inheritedReasons(node, reasonsOf));
    if (found.length === 0) continue;
    const current = markedNode(node, { reasons: ordered.concat(found), replaces, ...again });
    byId.set(node.id, current);
    // Its key says more than any other evidence: it is the build of exactly these bases.
    const staged = current.rebuild === undefined ? undefined : stagedBuild(current, family, state, byId)?.fact;
    if (staged?.state === "present" && staged.digest === replaces) byId.set(node.id, node);
  }
  return byId;
}

function markedNode(node: FamilyNode, rebuild: Rebuild): FamilyNode {
  return node.image.rebuilds === "keep" ? { ...node, stale: rebuild.reasons } : { ...node, rebuild };
}

const none: readonly Reason[] = [];

function forcedReasons(
  node: FamilyNode,
  replaces: Digest,
  forces: readonly ReadOrder<ForcedBuild>[],
): readonly Reason[] {
  if (forces.length === 0) return none;
  return forces.flatMap(({ order, selects }): readonly Reason[] => {
    const isMeant = selects(node) && (order.replacing === undefined || order.replacing === replaces);
    return isMeant ? [{ by: order.by, code: "forced", why: order.why }] : [];
  });
}

interface ReadOrder<Order> {
  readonly order: Order;
  readonly selects: ReturnType<typeof createSelector>;
}

function readOrders<Order extends ForcedBuild | HeldBuild>(
  orders: readonly Order[],
  kind: "hold" | "force",
  family: Family,
): readonly ReadOrder<Order>[] {
  return orders.map((order) => {
    if (order.by.trim() === "" || order.why.trim() === "")
      throw new BayplanError("INVALID_INPUT", `A ${kind} of builds needs who decided it (by) and why.`);
    return { order, selects: createSelector(order, family.images) };
  });
}

function heldReason({ by, why, until }: HeldBuild): Reason {
  return { by, code: "held", ...(until === undefined ? {} : { until }), why };
}
