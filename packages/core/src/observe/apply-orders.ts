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
import { referenceFact, stagedBuild } from "./node-key.ts";
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
  for (const node of nodes) {
    byId.set(node.id, node);
    const hold = holds.find(({ selects }) => selects(node))?.order;
    if (hold !== undefined) {
      byId.set(node.id, { ...node, held: heldReason(hold) });
      continue;
    }
    const fact = referenceFact(state, node.reference);
    if (fact?.state !== "present") continue;
    const replaces = fact.digest;
    const forced = forces.flatMap(({ order, selects }): readonly Reason[] => {
      const isMeant = selects(node) && (order.replacing === undefined || order.replacing === replaces);
      return isMeant ? [{ code: "forced", by: order.by, why: order.why }] : [];
    });
    const ordered = [...forced, ...ageReason(node, context)];
    // Nothing that is known of its sources has changed: the key tells the new build from the one that is there.
    const again = ordered.length === 0 ? {} : { again: replaces };
    const mark = (reasons: readonly Reason[]) => {
      const isKept = node.image.rebuilds === "keep";
      byId.set(node.id, isKept ? { ...node, stale: reasons } : { ...node, rebuild: { reasons, replaces, ...again } });
    };
    if (ordered.length > 0) mark(ordered);
    const marked = byId.get(node.id) ?? node;
    const found = [
      ...driftReasons(marked, { family, state, nodes: byId }),
      ...inheritedReasons(node, (base) => byId.get(base)?.rebuild?.reasons),
    ];
    if (found.length === 0) continue;
    mark([...ordered, ...found]);
    const current = byId.get(node.id) ?? node;
    // Its key says more than any other evidence: it is the build of exactly these bases.
    const staged = current.rebuild === undefined ? undefined : stagedBuild(current, family, state, byId)?.fact;
    if (staged?.state === "present" && staged.digest === replaces) byId.set(node.id, node);
  }
  return byId;
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
  return { code: "held", by, why, ...(until === undefined ? {} : { until }) };
}
