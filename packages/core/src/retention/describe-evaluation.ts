import type { Digest } from "../oci/digest.ts";
import type { NodeClass } from "./classify-nodes.ts";
import type {
  DeletedManifest,
  KeptManifest,
  RefusedRemoval,
  RemovedTag,
  RetentionEvaluation,
  RetentionNotice,
  RetentionReasons,
} from "./evaluation.ts";
import type { RetentionInventory } from "./inventory.ts";
import { planUntags } from "./plan-untags.ts";
import type { RetentionPolicy } from "./retention-policy.ts";
import type { RefusalReason } from "./retention-reason.ts";
import { reasonChain, type Settlement } from "./settle.ts";
import type { SnapshotNode } from "./snapshot.ts";
import type { TagVerdict } from "./tag-verdict.ts";

/** Everything that was decided. */
export interface Decisions {
  readonly inventory: RetentionInventory;
  readonly nodes: readonly SnapshotNode[];
  readonly verdicts: readonly (readonly TagVerdict[])[];
  readonly classes: readonly NodeClass[];
  readonly settlement: Settlement;
  /** Images that stay only so that enough tagged ones do. */
  readonly saved: ReadonlySet<number>;
  readonly keepTagged: number;
  readonly stopped: readonly RefusalReason[];
  /** Whether what is not listed may need what is. */
  readonly mayBeNeeded: boolean;
  readonly notices: readonly RetentionNotice[];
  readonly untag: RetentionPolicy["untag"];
}

/** Writes decisions down, with their reasons; what was stopped is refused. */
export function describeEvaluation(decisions: Decisions): RetentionEvaluation {
  const { nodes, verdicts, settlement, stopped, mayBeNeeded, inventory } = decisions;
  const [stop] = stopped;
  const keep: KeptManifest[] = [];
  const deleted: DeletedManifest[] = [];
  const untag: RemovedTag[] = [];
  const refused: RefusedRemoval[] = [];
  const options = { untag: decisions.untag, untagging: inventory.untagging ?? "any" } as const;
  const keepReasons = keepReasonsOf(decisions);
  const deleteReasons = deleteReasonsOf(decisions);
  const digestsAt = (places: readonly number[]): readonly Digest[] => places.flatMap((of) => nodes[of]?.digest ?? []);
  for (const node of nodes) {
    const { digest, tags, place } = node;
    const isKept = settlement.kept[place] === 1;
    if (!isKept && stop === undefined && !mayBeNeeded) {
      const [parents, referrers] = [digestsAt(node.parents), digestsAt(node.referrers)];
      deleted.push({ digest, manifest: node.manifest, tags, parents, referrers, reasons: deleteReasons(place) });
      continue;
    }
    const barred: RefusalReason | undefined = isKept ? undefined : (stop ?? { code: "untagged-unknown" });
    if (barred !== undefined) refused.push({ digest, reasons: [barred, ...deleteReasons(place)] });
    // What was to go as a whole is refused as a whole.
    const ofTags = isKept || stop === undefined ? (verdicts[place] ?? []) : [];
    const plan = planUntags(node, ofTags, options);
    const { remove, refused: notRemoved } =
      stop === undefined ? plan : { remove: [], refused: stoppedTags(plan, stop) };
    untag.push(...remove);
    refused.push(...notRemoved);
    const gone = new Set(remove.map(({ tag }) => tag));
    keep.push({
      digest,
      tags: gone.size === 0 ? tags : tags.filter((tag) => !gone.has(tag)),
      reasons: barred === undefined ? keepReasons(place) : [barred],
    });
  }
  const { repository } = inventory;
  return {
    ...(repository && { repository }),
    ...{ keep, delete: deleted, untag, refused, stopped, notices: decisions.notices },
  };
}

function stoppedTags({ remove }: ReturnType<typeof planUntags>, stop: RefusalReason): readonly RefusedRemoval[] {
  return remove.map(({ digest, tag, reasons }) => ({ digest, tag, reasons: [stop, ...reasons] }));
}

function keepReasonsOf({
  nodes,
  classes,
  settlement,
  saved,
  keepTagged,
}: Decisions): (place: number) => RetentionReasons {
  const ownReasons = (place: number): RetentionReasons => {
    const of = classes[place];
    if (of?.kind === "root") return [of.reason];
    return saved.has(place) ? [{ code: "last-tagged", keepTagged }] : [{ code: "no-rule" }];
  };
  const ends = new Map<number, number>();
  return (place) => reasonChain(place, settlement.keptBy, { nodes, ownReasons, ends });
}

function deleteReasonsOf({ nodes, classes, settlement }: Decisions): (place: number) => RetentionReasons {
  const ownReasons = (place: number): RetentionReasons => {
    const of = classes[place];
    return of?.kind === "candidate" ? of.reasons : [{ code: "no-rule" }];
  };
  const ends = new Map<number, number>();
  return (place) => reasonChain(place, settlement.draggedBy, { nodes, ownReasons, ends });
}
