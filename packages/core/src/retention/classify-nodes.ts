import type { CompiledRule } from "./compile-rules.ts";
import type { RetentionInventory } from "./inventory.ts";
import { imageKeepReason } from "./judge-tags.ts";
import type { RetentionReason } from "./retention-reason.ts";
import type { SnapshotNode } from "./snapshot.ts";
import type { TagVerdict } from "./tag-verdict.ts";

/**
 * What a node is before the graph is looked at: a `root` stays for a reason of its own, a `candidate` may go, a
 * `follower` does what its parent or subject does.
 */
export type NodeClass =
  | { readonly kind: "root"; readonly reason: RetentionReason }
  | { readonly kind: "candidate"; readonly reasons: readonly [RetentionReason, ...RetentionReason[]] }
  | { readonly kind: "follower" };

/** What nodes are classed by. */
export interface ClassFacts {
  readonly nodes: readonly SnapshotNode[];
  readonly verdicts: readonly (readonly TagVerdict[])[];
  readonly rules: readonly CompiledRule[];
  readonly nowMs: number;
  readonly covers: RetentionInventory["covers"];
  /** Why the image is in use or too fresh, `undefined` if it is not. */
  readonly pinOf: (node: SnapshotNode) => RetentionReason | undefined;
}

const follower: NodeClass = { kind: "follower" };

/** Classes every node. */
export function classifyNodes(facts: ClassFacts): readonly NodeClass[] {
  const { nodes, rules } = facts;
  const keepers = rules.filter(({ rule }) => {
    return (rule.kind === "keep-newer" || rule.kind === "keep-pulled") && rule.match === undefined;
  });
  const untagged = rules.find(({ rule }) => rule.kind === "expire-untagged");
  const orphans = rules.find(({ rule }) => rule.kind === "expire-orphans");
  const topLevel: number[] = [];
  const classes = nodes.map((node): NodeClass => {
    const own = ownReason(node, facts, keepers);
    if (own !== undefined) return { kind: "root", reason: own };
    const expired = (facts.verdicts[node.place] ?? []).map(({ reason }) => reason);
    const [first, ...others] = expired;
    if (first !== undefined) return { kind: "candidate", reasons: [first, ...others] };
    const [subject] = node.subjects;
    if (subject !== undefined) {
      if (node.hasSubject) return follower;
      return orphanClass(node, { rule: facts.covers === "tagged" ? undefined : orphans, nowMs: facts.nowMs, subject });
    }
    if (node.parents.length > 0) return follower;
    topLevel.push(node.place);
    return { kind: "root", reason: { code: "no-rule" } };
  });
  if (untagged === undefined || facts.covers === "tagged") return classes;
  const decided = judgeUntagged(topLevel, untagged, facts);
  return classes.map((of, place) => decided.get(place) ?? of);
}

function ownReason(
  node: SnapshotNode,
  { verdicts, pinOf, nowMs }: ClassFacts,
  keepers: readonly CompiledRule[],
): RetentionReason | undefined {
  const ofTags = verdicts[node.place] ?? [];
  const safe = ofTags.find(({ state }) => state === "protected") ?? ofTags.find(({ state }) => state === "live");
  if (safe?.state === "protected") return safe.reason;
  const pin = pinOf(node);
  if (pin !== undefined) return pin;
  if (safe !== undefined) return safe.reason;
  for (const rule of keepers) {
    const kept = imageKeepReason(node, rule, { nowMs });
    if (kept !== undefined) return kept;
  }
  return undefined;
}

function orphanClass(
  node: SnapshotNode,
  given: {
    readonly rule: CompiledRule | undefined;
    readonly nowMs: number;
    readonly subject: SnapshotNode["subjects"][number];
  },
): NodeClass {
  const { rule, nowMs, subject } = given;
  if (rule === undefined) return { kind: "root", reason: { code: "subject-missing", subject } };
  const age = ageVerdict(node, rule, nowMs);
  if (age !== undefined) return { kind: "root", reason: age };
  return { kind: "candidate", reasons: [{ code: "orphan", rule: rule.label, subject }] };
}

/** Those without a tag that nothing contains or is the subject of; what stays anyway uses no place among the last N. */
function judgeUntagged(
  topLevel: readonly number[],
  compiled: CompiledRule,
  { nodes, nowMs }: ClassFacts,
): ReadonlyMap<number, NodeClass> {
  const { rule, label } = compiled;
  const olderThan = "olderThan" in rule ? rule.olderThan : undefined;
  const keepLast = "keepLast" in rule ? rule.keepLast : undefined;
  const decided = new Map<number, NodeClass>();
  let used = 0;
  for (const place of [...topLevel].reverse()) {
    const node = nodes[place];
    if (node === undefined) continue;
    const root = (reason: RetentionReason) => decided.set(place, { kind: "root", reason });
    if (keepLast !== undefined) {
      if (node.pushedMs === undefined) {
        root({ code: "date-unknown", rule: label });
        continue;
      }
      if (used < keepLast) {
        used += 1;
        root({ code: "newest", rule: label, keepLast });
        continue;
      }
    }
    const age = ageVerdict(node, compiled, nowMs);
    if (age !== undefined) {
      root(age);
      continue;
    }
    const limits = { ...(olderThan !== undefined && { olderThan }), ...(keepLast !== undefined && { keepLast }) };
    decided.set(place, { kind: "candidate", reasons: [{ code: "expired", rule: label, ...limits }] });
  }
  return decided;
}

/** Why its age keeps it; `undefined` when it is older, or when no age was asked for. */
function ageVerdict(
  node: SnapshotNode,
  { rule, label, limitMs }: CompiledRule,
  nowMs: number,
): RetentionReason | undefined {
  const limit = "olderThan" in rule ? rule.olderThan : undefined;
  if (limit === undefined) return undefined;
  if (node.pushedMs === undefined) return { code: "date-unknown", rule: label };
  return nowMs - node.pushedMs > limitMs ? undefined : { code: "young-enough", rule: label, limit };
}
