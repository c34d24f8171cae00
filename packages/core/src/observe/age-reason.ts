import { instantToMs } from "../instant.ts";
import type { Reason } from "../reason.ts";
import type { OrderContext } from "./apply-orders.ts";
import type { FamilyNode } from "./family-nodes.ts";
import { createdOf } from "./image-fact.ts";

const none: readonly Reason[] = [];
const msPerDay = 86_400_000;

/** Why an image that exists is too old; nothing for one that is not, or whose age is not known and counts as young. */
export function ageReason(node: FamilyNode, { family, state, now, orders }: OrderContext): readonly Reason[] {
  const { maxAgeDays } = family;
  if (maxAgeDays === undefined) return none;
  const { reference } = node;
  const createdAt = createdOf(node, state);
  if (createdAt === undefined)
    return orders.unknownAge === "old" ? [{ code: "age-unknown", maxAgeDays, reference }] : none;
  const ageDays = Math.floor((instantToMs(now) - instantToMs(createdAt)) / msPerDay);
  return ageDays >= maxAgeDays ? [{ ageDays, code: "too-old", maxAgeDays, reference }] : none;
}
