import { type Instant, instantToMs } from "../instant.ts";
import { checkedMs } from "./compile-rules.ts";
import type { DeletedManifest, RefusedRemoval, RemovedTag, RetentionEvaluation } from "./evaluation.ts";
import { sizeRefusals } from "./guards.ts";
import type { OrderedRemoval } from "./order-removals.ts";
import { subjectOfTag } from "./referrer-tag.ts";
import type { RetentionGuards } from "./retention-policy.ts";
import type { RefusalReason, RetentionReason } from "./retention-reason.ts";

/** What holds in plans unless something else is said. */
export const planGuards = {
  delay: "1h",
  maxDeletions: { count: 1000, percent: 50 },
  neverEmpty: true,
  keepTagged: 1,
} as const satisfies RetentionGuards;

/** Why the removals as a whole are too much. */
export function planRefusals(evaluation: RetentionEvaluation, guards: RetentionGuards): readonly RefusalReason[] {
  const planned = evaluation.delete.length;
  const of = planned + evaluation.keep.length;
  const refusals = [...sizeRefusals(guards, { planned, of })];
  const { keepTagged = 0 } = guards;
  const tagged = evaluation.keep.filter(hasOrdinaryTag).length;
  const losing = new Set(evaluation.untag.map(({ digest }) => digest));
  const untagged = evaluation.keep.filter((one) => losing.has(one.digest) && !hasOrdinaryTag(one)).length;
  const before = tagged + untagged + evaluation.delete.filter(hasOrdinaryTag).length;
  if (tagged < before && tagged < keepTagged) refusals.push({ code: "too-few-tagged", tagged, keepTagged });
  return refusals;
}

function hasOrdinaryTag({ tags }: { readonly tags: readonly string[] }): boolean {
  return tags.some((tag) => subjectOfTag(tag) === undefined);
}

/**
 * What may go, and what is too fresh: a unit with one fresh manifest in it stays as a whole. What was pushed at an unknown
 * time is fresh only where somebody asked for a delay: a registry without push times could never be cleaned otherwise.
 */
export function withoutFresh(
  removals: { readonly deletes: readonly OrderedRemoval[]; readonly untags: readonly RemovedTag[] },
  { delay, isAsked }: { readonly delay: string | undefined; readonly isAsked: boolean },
  now: Instant,
): {
  readonly deletes: readonly OrderedRemoval[];
  readonly untags: readonly RemovedTag[];
  readonly refused: readonly RefusedRemoval[];
} {
  const limitMs = checkedMs(delay);
  if (delay === undefined || limitMs === 0) return { ...removals, refused: [] };
  const isFresh = (pushedAt: Instant | undefined) =>
    pushedAt === undefined ? isAsked : instantToMs(now) - instantToMs(pushedAt) <= limitMs;
  const reason = (pushedAt: Instant | undefined): RetentionReason => {
    return { code: "in-flight", delay, ...(pushedAt !== undefined && { pushedAt }) };
  };
  const fresh = new Map<string, DeletedManifest>();
  for (const { unit, removal } of removals.deletes) if (isFresh(removal.manifest.pushedAt)) fresh.set(unit, removal);
  const refused = removals.deletes.flatMap(({ unit, removal }): readonly RefusedRemoval[] => {
    const because = fresh.get(unit);
    if (because === undefined) return [];
    return [{ digest: removal.digest, reasons: [reason(because.manifest.pushedAt), ...removal.reasons] }];
  });
  const freshTags = removals.untags.filter(({ pushedAt }) => isFresh(pushedAt));
  return {
    deletes: removals.deletes.filter(({ unit }) => !fresh.has(unit)),
    untags: removals.untags.filter(({ pushedAt }) => !isFresh(pushedAt)),
    refused: [
      ...refused,
      ...freshTags.map(({ digest, tag, pushedAt, reasons }) => ({
        digest,
        tag,
        reasons: [reason(pushedAt), ...reasons] as const,
      })),
    ],
  };
}
