import { durationMs } from "./duration.ts";
import type { RetentionReason } from "./retention-reason.ts";
import type { SnapshotNode } from "./snapshot.ts";

const usualLabel = "quay.expires-after";

/**
 * Whether the time that the image's own label names is over since its push. `undefined` where it has no such label; a
 * label that cannot be read and an unknown push time expire nothing.
 */
export function labelVerdict(
  { tag, node }: { readonly tag: string; readonly node: SnapshotNode },
  rule: { readonly label: string; readonly name: string | undefined; readonly nowMs: number },
): { readonly isExpired: boolean; readonly reason: RetentionReason } | undefined {
  const { labels } = node.manifest;
  const name = rule.name ?? usualLabel;
  const value = labels !== undefined && Object.hasOwn(labels, name) ? labels[name] : undefined;
  if (value === undefined) return undefined;
  const lifetime = durationMs(value);
  const of = { rule: rule.label, tag, value: value.slice(0, 40) };
  const isExpired = lifetime !== undefined && node.pushedMs !== undefined && rule.nowMs - node.pushedMs > lifetime;
  return { isExpired, reason: { code: isExpired ? "label-due" : "label-not-due", ...of } };
}
