import { type Instant, instantToMs } from "../instant.ts";
import { type BranchTags, createBranchTags } from "./branch-tags.ts";
import { classifyNodes } from "./classify-nodes.ts";
import { type CompiledRule, checkedMs, compileRules } from "./compile-rules.ts";
import { describeEvaluation } from "./describe-evaluation.ts";
import type { RetentionEvaluation, RetentionNotice } from "./evaluation.ts";
import { mayBeNeededUnseen, sizeRefusals, survivors } from "./guards.ts";
import type { RetentionInventory } from "./inventory.ts";
import { judgeTags } from "./judge-tags.ts";
import { parseRetentionPolicy, streamParts } from "./parse-retention-policy.ts";
import { readPins } from "./read-pins.ts";
import type { RetentionPolicy, TagSelector } from "./retention-policy.ts";
import type { RefusalReason, RetentionReason } from "./retention-reason.ts";
import { selectorsOf } from "./selectors-of.ts";
import { keepAlso, settle } from "./settle.ts";
import { readSnapshot, type SnapshotNode } from "./snapshot.ts";
import { compileSelector, idleSelectors } from "./tag-selector.ts";
import type { TagVerdict } from "./tag-verdict.ts";
import { createTagVersions } from "./tag-versions.ts";

/**
 * Says what stays and what may go, and why. Pure: the same inventory, in whatever order, gives the same answer.
 *
 * Decisions are made on tags. A manifest goes only when all its tags expired; what it contains and what is attached to it
 * goes along. Everything that what stays needs, at any depth, stays. What no rule is about stays. An incomplete listing,
 * one manifest that could not be read, or a tag on two manifests stops everything.
 *
 * @throws BayplanError `INVALID_DEFINITION` with every problem of the policy.
 */
export function evaluateRetention(
  inventory: RetentionInventory,
  policy: RetentionPolicy,
  now: Instant,
): RetentionEvaluation {
  const checked = parseRetentionPolicy(policy);
  const { nodes, stops } = readSnapshot(inventory);
  const versions = createTagVersions(checked.scheme);
  const branches = createBranchTags(checked);
  const context = { versions, branches };
  const protect = (checked.protect ?? []).map((selector, index) => {
    return compileSelector(selector, `protect[${index}]`, context);
  });
  const rules = compileRules(checked.rules ?? [], context);
  const pins = readPins(checked.pins ?? []);
  const guards = checked.guards ?? {};
  const nowMs = instantToMs(now);
  const idle = createIdleReason(checked, nowMs);
  const pinOf = (node: SnapshotNode) => idle(node) ?? pins.of(node);
  const judged = judgeTags({ nodes, now, nowMs, protect, rules, versions, branches, pinnedTags: pins.tags });
  const verdicts = nodes.map((node) => withoutExpiry(judged[node.place] ?? [], node, idle));
  const classes = classifyNodes({ nodes, verdicts, rules, nowMs, covers: inventory.covers, pinOf });
  const settlement = settle(nodes, classes);
  const keepTagged = guards.keepTagged ?? 0;
  const saved = new Set(survivors(keepTagged, { nodes, verdicts, isKept: (place) => settlement.kept[place] === 1 }));
  keepAlso(nodes, saved, settlement);
  const planned = settlement.kept.reduce((sum, kept) => sum + (kept === 1 ? 0 : 1), 0);
  const stopped: readonly RefusalReason[] = [
    ...stops,
    ...(branches.isKnown
      ? []
      : needingLiveBranches(checked).map((rule) => ({ code: "live-branches-unknown", rule }) as const)),
    ...sizeRefusals(guards, { planned, of: nodes.length }),
  ];
  const notices = [
    ...idleSelectors([...protect, ...rules.flatMap(({ selectors }) => selectors)]),
    ...notJudged(rules, { inventory, branches }),
  ];
  return describeEvaluation({
    inventory,
    nodes,
    verdicts: verdicts.map((ofNode, place) => (saved.has(place) ? spared(ofNode, keepTagged) : ofNode)),
    classes,
    settlement,
    saved,
    keepTagged,
    stopped,
    mayBeNeeded: mayBeNeededUnseen(inventory),
    notices,
    untag: checked.untag,
  });
}

type IdleReason = (node: SnapshotNode) => RetentionReason | undefined;

/** Tags of what is too fresh, and all tags where a Git tag was deleted, do not expire. */
function withoutExpiry(verdicts: readonly TagVerdict[], node: SnapshotNode, idle: IdleReason): readonly TagVerdict[] {
  if (!verdicts.some(({ state }) => state === "expired")) return verdicts;
  const reason = idle(node);
  if (reason === undefined) return verdicts;
  return verdicts.map((verdict) => (verdict.state === "expired" ? { ...verdict, state: "live", reason } : verdict));
}

/** Why the rules are not even asked about an image. */
function createIdleReason({ event, guards }: RetentionPolicy, nowMs: number): IdleReason {
  if (event?.refType === "tag") return () => ({ code: "git-tag-deleted", ref: event.ref });
  const delay = guards?.delay;
  if (delay === undefined) return () => undefined;
  const delayMs = checkedMs(delay);
  return ({ pushedMs, manifest: { pushedAt } }) => {
    if (pushedMs === undefined || pushedAt === undefined) return { code: "in-flight", delay };
    return nowMs - pushedMs <= delayMs ? { code: "in-flight", delay, pushedAt } : undefined;
  };
}

function spared(verdicts: readonly TagVerdict[], keepTagged: number): readonly TagVerdict[] {
  return verdicts.map((verdict) => {
    if (verdict.state !== "expired") return verdict;
    return { ...verdict, state: "live", reason: { code: "last-tagged", keepTagged } };
  });
}

/** Rules about what the inventory, or the list of branches, cannot show. */
function notJudged(
  rules: readonly CompiledRule[],
  { inventory, branches }: { readonly inventory: RetentionInventory; readonly branches: BranchTags },
): readonly RetentionNotice[] {
  const isHidden = ({ rule: { kind } }: CompiledRule) => {
    if (kind === "expire-deleted-branch") return branches.deleted !== undefined && !branches.isKnown;
    return inventory.covers === "tagged" && (kind === "expire-untagged" || kind === "expire-orphans");
  };
  return rules.filter(isHidden).map(({ rule, path }) => ({ code: "not-judged", path, text: rule.kind }));
}

/** The parts of a policy that would protect too little without a list of live branches. */
function needingLiveBranches({ protect = [], rules = [] }: RetentionPolicy): readonly string[] {
  const isLive = (selector: TagSelector) =>
    typeof selector === "object" && "branches" in selector && selector.branches === "live";
  const needing = rules.flatMap((rule, index) => {
    const isCounted = (rule.kind === "expire" || rule.kind === "keep-last") && streamParts(rule.per).includes("branch");
    const isNeeded =
      rule.kind === "keep-live-branches" ||
      isCounted ||
      selectorsOf(rule, index).some(({ selector }) => isLive(selector));
    return isNeeded ? [rule.name ?? `rules[${index}]`] : [];
  });
  return [...protect.flatMap((selector, index) => (isLive(selector) ? [`protect[${index}]`] : [])), ...needing];
}
