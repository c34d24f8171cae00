import type { Instant } from "../instant.ts";
import type { BranchTags } from "./branch-tags.ts";
import { type CompiledRule, fitsAny } from "./compile-rules.ts";
import { labelVerdict } from "./label-verdict.ts";
import type { RetentionReason } from "./retention-reason.ts";
import type { SnapshotNode } from "./snapshot.ts";
import { createStreams, type Stream } from "./streams.ts";
import type { CompiledSelector } from "./tag-selector.ts";
import type { TagVerdict } from "./tag-verdict.ts";
import type { TagVersions } from "./tag-versions.ts";

/** What tags are judged by. */
export interface TagJudgement {
  readonly nodes: readonly SnapshotNode[];
  readonly now: Instant;
  readonly nowMs: number;
  readonly protect: readonly CompiledSelector[];
  readonly rules: readonly CompiledRule[];
  readonly versions: TagVersions;
  readonly branches: BranchTags;
  readonly pinnedTags: ReadonlyMap<string, string | undefined>;
}

/** What the first pass finds of a tag; how many are newer is known only after it. */
interface Finding {
  readonly tag: string;
  /** Why it stays, whatever expires it. */
  readonly stays?: RetentionReason;
  readonly isProtected?: true;
  readonly counted: readonly { readonly rule: CompiledRule; readonly stream: Stream | undefined }[];
  readonly decider?: Decider;
}

interface Decider {
  readonly rule: CompiledRule;
  readonly stream?: Stream;
  /** Where the rule needs no count. */
  readonly verdict?: { readonly isExpired: boolean; readonly reason: RetentionReason };
}

const noSelectors: readonly (CompiledSelector | undefined)[] = [];

/** Decides every tag of every node: protected before pinned before `keep-` rules before the first `expire-` rule. */
export function judgeTags(judgement: TagJudgement): readonly (readonly TagVerdict[])[] {
  const { nodes, versions, protect } = judgement;
  const protectors = nodes.map(({ tags }) =>
    tags.length === 0 ? noSelectors : tags.map((tag) => fitsAny(protect, tag)),
  );
  const isProtected = (place: number) => protectors[place]?.some((selector) => selector !== undefined) === true;
  const streams = createStreams({ nodes, versions, isProtected });
  const findings: (readonly Finding[])[] = new Array(nodes.length).fill([]);
  // Newest first, as streams want it.
  for (let place = nodes.length - 1; place >= 0; place -= 1) {
    const node = nodes[place];
    if (node === undefined || node.tags.length === 0) continue;
    const ordinary = node.ordinaryTags.length === node.tags.length ? undefined : new Set(node.ordinaryTags);
    findings[place] = node.tags.flatMap((tag, index): readonly Finding[] => {
      const selector = protectors[place]?.[index];
      if (ordinary?.has(tag) === false) {
        // Tags of referrers follow what they are attached to. No rule is about them, but somebody may need them.
        const stays = selector === undefined ? pinReason(tag, judgement) : protectedBy(tag, selector);
        if (stays === undefined) return [];
        return [{ tag, stays, counted: [], ...(selector !== undefined && { isProtected: true }) }];
      }
      const found = findOut({ tag, node }, judgement, streams);
      return [selector === undefined ? found : { ...found, isProtected: true, stays: protectedBy(tag, selector) }];
    });
  }
  return findings.map((ofNode, place) => ofNode.map((found) => verdictOf(found, nodes[place], judgement)));
}

function protectedBy(tag: string, selector: CompiledSelector): RetentionReason {
  return { code: "protected", tag, selector: selector.text };
}

function pinReason(tag: string, { pinnedTags }: TagJudgement): RetentionReason | undefined {
  if (!pinnedTags.has(tag)) return undefined;
  const by = pinnedTags.get(tag);
  return { code: "pinned", tag, ...(by !== undefined && { by }) };
}

function findOut(
  subject: { readonly tag: string; readonly node: SnapshotNode },
  judgement: TagJudgement,
  streams: ReturnType<typeof createStreams>,
): Finding {
  const { tag, node } = subject;
  const { place } = node;
  let stays = pinReason(tag, judgement);
  let decider: Decider | undefined;
  let isMentioned = false;
  let unmatched: CompiledRule | undefined;
  const counted: { readonly rule: CompiledRule; readonly stream: Stream | undefined }[] = [];
  for (const rule of judgement.rules) {
    const { kind } = rule.rule;
    if (kind === "expire-untagged" || kind === "expire-orphans") continue;
    if (kind === "expire-unmatched") {
      unmatched = rule;
      continue;
    }
    if (!rule.isAbout(tag)) continue;
    if (kind === "keep-last") {
      counted.push({ rule, stream: streams.add(rule, rule.rule.count, { tag, place }) });
      isMentioned = true;
      continue;
    }
    const kept = keepReason(subject, rule, judgement);
    stays ??= kept;
    // A rule that keeps whatever is young or was pulled is about no tag: else a pull could move others out of their places.
    const isOfImages = rule.selectors.length === 0 && (kind === "keep-newer" || kind === "keep-pulled");
    if (!isOfImages && (kept !== undefined || rule.selectors.length > 0)) isMentioned = true;
    if (kind.startsWith("keep-") || kept !== undefined || decider !== undefined) continue;
    const verdict = ruleVerdict(subject, rule, judgement);
    if (verdict === undefined) continue;
    isMentioned = true;
    decider = { rule, ...(verdict !== "count" && { verdict }) };
  }
  if (unmatched !== undefined && !isMentioned && decider === undefined) decider = { rule: unmatched };
  if (decider !== undefined && decider.verdict === undefined) decider = countedDecider(decider.rule, subject, streams);
  return { tag, counted, ...(stays && { stays }), ...(decider && { decider }) };
}

function countedDecider(
  rule: CompiledRule,
  { tag, node }: { readonly tag: string; readonly node: SnapshotNode },
  streams: ReturnType<typeof createStreams>,
): Decider {
  const keepLast = "keepLast" in rule.rule ? rule.rule.keepLast : undefined;
  if (keepLast === undefined) return { rule };
  const stream = streams.add(rule, keepLast, { tag, place: node.place });
  if (stream !== undefined) return { rule, stream };
  return { rule, verdict: { isExpired: false, reason: { code: "no-stream", rule: rule.label, tag } } };
}

/** Why a `keep-` rule that needs no count keeps the tag, or a custom one. */
function keepReason(
  { tag, node }: { readonly tag: string; readonly node: SnapshotNode },
  compiled: CompiledRule,
  { now, nowMs, branches }: TagJudgement,
): RetentionReason | undefined {
  const { rule, label } = compiled;
  if (rule.kind === "keep-live-branches") {
    const branch = branches.liveBranchOf(tag);
    return branch === undefined ? undefined : { code: "live-branch", tag, branch };
  }
  if (rule.kind === "custom") {
    const said = rule.judge({ tag, manifest: node.manifest, now });
    return said?.verdict === "keep" ? { code: "custom-rule", rule: label, text: said.text, tag } : undefined;
  }
  return imageKeepReason(node, compiled, { nowMs, tag });
}

/** Why `keep-newer` or `keep-pulled` keeps an image, tagged or not. A time in the future is young. */
export function imageKeepReason(
  node: SnapshotNode,
  { rule, label, limitMs }: CompiledRule,
  { nowMs, tag }: { readonly nowMs: number; readonly tag?: string },
): RetentionReason | undefined {
  const of = tag === undefined ? {} : { tag };
  if (rule.kind === "keep-newer") {
    if (node.pushedMs === undefined) return { code: "date-unknown", rule: label, ...of };
    return nowMs - node.pushedMs <= limitMs
      ? { code: "young-enough", rule: label, limit: rule.than, ...of }
      : undefined;
  }
  if (rule.kind === "keep-pulled" && node.pulledMs !== undefined && node.manifest.pulledAt !== undefined) {
    return nowMs - node.pulledMs <= limitMs
      ? { code: "pulled", rule: label, at: node.manifest.pulledAt, ...of }
      : undefined;
  }
  return undefined;
}

/** What an `expire-` rule says that needs no count; `count` where it may need one, `undefined` where it is not about the tag. */
function ruleVerdict(
  { tag, node }: { readonly tag: string; readonly node: SnapshotNode },
  { rule, label }: CompiledRule,
  { now, nowMs, branches }: TagJudgement,
): { readonly isExpired: boolean; readonly reason: RetentionReason } | "count" | undefined {
  switch (rule.kind) {
    case "expire":
      return "count";
    case "expire-label":
      return labelVerdict({ tag, node }, { label, name: rule.label, nowMs });
    case "expire-deleted-branch": {
      const { deleted } = branches;
      if (deleted === undefined || !deleted.tags.has(tag) || !branches.isKnown) return undefined;
      const other = branches.liveBranchOf(tag);
      if (other !== undefined) return { isExpired: false, reason: { code: "live-branch", tag, branch: other } };
      return { isExpired: true, reason: { code: "branch-deleted", rule: label, tag, branch: deleted.branch } };
    }
    case "custom": {
      const said = rule.judge({ tag, manifest: node.manifest, now });
      if (said === undefined) return undefined;
      return { isExpired: true, reason: { code: "custom-rule", rule: label, text: said.text, tag } };
    }
    default:
      return undefined;
  }
}

function verdictOf(found: Finding, node: SnapshotNode | undefined, { nowMs }: TagJudgement): TagVerdict {
  const { tag, stays, isProtected, counted, decider } = found;
  if (node === undefined || isProtected === true)
    return { tag, state: "protected", reason: stays ?? { code: "no-rule", tag } };
  if (stays !== undefined) return { tag, state: "live", reason: stays };
  for (const { rule, stream } of counted) {
    if (stream === undefined) return { tag, state: "live", reason: { code: "no-stream", rule: rule.label, tag } };
    if (stream.isAmongNewest(node.place)) return { tag, state: "live", reason: newest(rule, stream, { tag, node }) };
  }
  if (decider === undefined) return { tag, state: "live", reason: { code: "no-rule", tag } };
  if (decider.verdict !== undefined) {
    const { isExpired, reason } = decider.verdict;
    return { tag, state: isExpired ? "expired" : "live", reason };
  }
  return limitsVerdict(decider, { tag, node, nowMs });
}

function limitsVerdict(
  { rule: { rule, label, limitMs }, stream }: Decider,
  { tag, node, nowMs }: { readonly tag: string; readonly node: SnapshotNode; readonly nowMs: number },
): TagVerdict {
  const olderThan = "olderThan" in rule ? rule.olderThan : undefined;
  const isNewest = stream?.isAmongNewest(node.place) === true;
  // Equal is not older.
  const isOld = node.pushedMs !== undefined && nowMs - node.pushedMs > limitMs;
  const isEither = rule.kind === "expire" && rule.when === "either";
  const isExpired = isEither ? isOld || !isNewest : !isNewest && (olderThan === undefined || isOld);
  if (isExpired) {
    const limits = { ...(olderThan !== undefined && { olderThan }), ...(stream && { keepLast: stream.keepLast }) };
    const of = stream === undefined || stream.key === "" ? {} : { stream: stream.key };
    return { tag, state: "expired", reason: { code: "expired", rule: label, tag, ...limits, ...of } };
  }
  const reason: RetentionReason =
    node.pushedMs === undefined
      ? { code: "date-unknown", rule: label, tag }
      : isNewest && stream !== undefined
        ? newest({ label }, stream, { tag, node })
        : { code: "young-enough", rule: label, limit: olderThan ?? "", tag };
  return { tag, state: "live", reason };
}

function newest(
  { label }: Pick<CompiledRule, "label">,
  stream: Stream,
  { tag, node }: { readonly tag: string; readonly node: SnapshotNode },
): RetentionReason {
  if (node.pushedMs === undefined) return { code: "date-unknown", rule: label, tag };
  const of = stream.key === "" ? {} : { stream: stream.key };
  return { code: "newest", rule: label, keepLast: stream.keepLast, tag, ...of };
}
