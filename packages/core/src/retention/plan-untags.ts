import type { Untagging } from "../ports/registry.ts";
import type { RefusedRemoval, RemovedTag } from "./evaluation.ts";
import type { RetentionPolicy } from "./retention-policy.ts";
import type { SnapshotNode } from "./snapshot.ts";
import type { TagVerdict } from "./tag-verdict.ts";

/** Which tags of a manifest that stays are removed, and which would be but for the registry. */
export interface UntagPlan {
  readonly remove: readonly RemovedTag[];
  readonly refused: readonly RefusedRemoval[];
}

const nothing: UntagPlan = { remove: [], refused: [] };

/** The expired tags of a manifest that stays. */
export function planUntags(
  node: SnapshotNode,
  verdicts: readonly TagVerdict[],
  options: { readonly untag: RetentionPolicy["untag"]; readonly untagging: Untagging },
): UntagPlan {
  const { untag = "all", untagging } = options;
  const expired = verdicts.filter(({ state }) => state === "expired");
  if (expired.length === 0 || untag === "none") return nothing;
  if (untag === "unprotected" && verdicts.some(({ state }) => state === "protected")) return nothing;
  const { digest, manifest } = node;
  const { pushedAt } = manifest;
  if (untagging === "unsupported") {
    return {
      remove: [],
      refused: expired.map(({ tag, reason }) => ({
        digest,
        tag,
        reasons: [{ code: "untag-unsupported", tag }, reason],
      })),
    };
  }
  // Where the last tag takes the image along, one has to stay.
  const isOneNeeded = untagging === "not-the-last" && expired.length === node.tags.length;
  const stays = isOneNeeded ? expired[0] : undefined;
  return {
    remove: expired
      .filter((verdict) => verdict !== stays)
      .map(({ tag, reason }) => ({ tag, digest, ...(pushedAt && { pushedAt }), reasons: [reason] })),
    refused:
      stays === undefined
        ? []
        : [{ digest, tag: stays.tag, reasons: [{ code: "untag-would-delete", tag: stays.tag }, stays.reason] }],
  };
}
