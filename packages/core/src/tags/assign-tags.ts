import { BayplanError } from "../errors.ts";
import type { Reasons } from "../reason.ts";
import type { Version } from "../version/version-scheme.ts";
import { claimTags } from "./claim-tags.ts";
import { judgeClaim } from "./judge-claim.ts";
import type { Judgement } from "./judgement.ts";
import { publishedVersions } from "./published-versions.ts";
import { refuseInvalid } from "./refuse-invalid.ts";
import type { ClaimedTag, TagClaim } from "./tag-claim.ts";
import { type TagContext, type TagPolicy, variantForms } from "./tag-policy.ts";
import { ruleText, type TagOrder, type TagRule } from "./tag-rule.ts";

/** A tag the image may carry. */
export interface AssignedTag {
  readonly tag: string;
  readonly rule: TagRule;
  readonly mutability: "immutable" | "moving";
  /** Only of moving tags. */
  readonly order?: TagOrder;
  /** The text the tag was made from, where a Git ref chose it: what clean-up finds its way back by. */
  readonly original?: string;
  readonly reasons: Reasons;
}

/** A tag the rules name but the image may not carry now. */
export interface WithheldTag {
  /** Absent when the template could not be rendered. */
  readonly tag?: string;
  readonly rule: TagRule;
  readonly reasons: Reasons;
}

/**
 * What came of one rule; of one in two forms, where the default variant has a suffix.
 *
 * - `emitted`: the image gets the tag. `withheld`: not now. `duplicate`: another rule gives the same tag.
 * - `skipped`: the rule does not apply here. `invalid`: it gives no legal tag.
 */
export interface TagDecision {
  readonly outcome: "emitted" | "skipped" | "invalid" | "duplicate" | "withheld";
  readonly rule: TagRule;
  readonly tag?: string;
  readonly original?: string;
  readonly reasons: Reasons;
}

/** Every rule's decision, in the order of the rules. */
export interface TagAssignment {
  readonly tags: readonly AssignedTag[];
  readonly withheld: readonly WithheldTag[];
  readonly decisions: readonly TagDecision[];
}

/**
 * Decides which tags an image carries. Immutable tags unless they show another image already; a moving tag only forward
 * in its order: to the highest version of its line in a complete listing, or from an ancestor. Where several rules give
 * one tag, all of them must allow it, and it is immutable if one says so.
 *
 * @throws BayplanError `INVALID_TAG` when a rule gives an illegal tag (the message names the rule) and the policy does
 * not say `report`; `INCOMPLETE` when a tag cannot be decided and the policy says `fail`; `INVALID_INPUT` for a policy
 * that cannot work.
 */
export function assignTags(policy: TagPolicy, context: TagContext): TagAssignment {
  const { claims, subject } = claimTags(policy, context);
  refuseInvalid(claims, policy);
  const { variant } = variantForms(policy, context.variant);
  let published: readonly Version[] | undefined;
  const input = {
    ...{ policy, context, subject },
    published: () => {
      const tags = context.known.state === "complete" ? context.known.tags : [];
      published ??= publishedVersions(tags, policy, variant);
      return published;
    },
  };
  const claimed = claims.filter((claim) => claim.state === "claimed");
  const judged = new Map(claimed.map((claim) => [claim, judgeClaim(claim, input)]));
  refuseUnknown(judged, policy);
  holdWithTakenVersion(judged);
  const groups = new Map<string, ClaimedTag[]>();
  for (const claim of claimed) groups.set(claim.tag, [...(groups.get(claim.tag) ?? []), claim]);
  const leaders = new Map([...groups].map(([tag, group]) => [tag, decideGroup(group, judged)]));
  return collect(
    claims.map((claim) => decide(claim, leaders)),
    claims,
  );
}

function refuseUnknown(judged: ReadonlyMap<ClaimedTag, Judgement>, policy: TagPolicy): void {
  if (policy.onUnknown !== "fail") return;
  for (const [claim, judgement] of judged) {
    if (judgement.state === "allowed" || !judgement.isUnknown) continue;
    const message = `Whether the tag ${claim.tag} may be written cannot be decided (${judgement.reason.code}), and the policy says that this fails. Observe again.`;
    throw new BayplanError("INCOMPLETE", message);
  }
}

/** If the release's own tag shows another image, no alias may call this one that release. */
function holdWithTakenVersion(judged: Map<ClaimedTag, Judgement>): void {
  for (const [taken, { reason }] of judged) {
    if (reason.code !== "immutable-conflict" || !taken.isRelease) continue;
    for (const [claim, judgement] of judged) {
      if (claim.shape.order !== "version" || judgement.state !== "allowed") continue;
      const { found, wanted } = reason;
      const because = { code: "version-taken", tag: claim.tag, version: taken.tag, found, wanted } as const;
      judged.set(claim, { state: "withheld", reason: because, isVeto: true, isUnknown: false });
    }
  }
}

interface Leader {
  readonly claim: ClaimedTag;
  readonly judgement: Judgement;
}

/** One owner for each tag, and one judgement, whatever the order of the rules. */
function decideGroup(group: readonly ClaimedTag[], judged: ReadonlyMap<ClaimedTag, Judgement>): Leader | undefined {
  const all = group.flatMap((claim): readonly Leader[] => {
    const judgement = judged.get(claim);
    return judgement === undefined ? [] : [{ claim, judgement }];
  });
  const immutable = all.find(({ claim }) => claim.shape.mutability === "immutable");
  if (immutable !== undefined) return immutable;
  const veto = all.find(({ judgement }) => judgement.state === "withheld" && judgement.isVeto);
  return veto ?? all.find(({ judgement }) => judgement.state === "allowed") ?? all[0];
}

function decide(claim: TagClaim, leaders: ReadonlyMap<string, Leader | undefined>): TagDecision {
  const { rule, original } = claim;
  const common = { rule, ...(original === undefined ? {} : { original }) };
  if (claim.state !== "claimed") {
    const tag = claim.state === "skipped" || claim.tag === undefined ? {} : { tag: claim.tag };
    return { outcome: claim.state, ...common, ...tag, reasons: [claim.reason] };
  }
  const leader = leaders.get(claim.tag);
  const { tag } = claim;
  if (leader === undefined || leader.claim !== claim) {
    const by = leader === undefined ? "another rule" : ruleText(leader.claim.rule);
    return { outcome: "duplicate", ...common, tag, reasons: [{ code: "duplicate-tag", tag, by }] };
  }
  const outcome = leader.judgement.state === "allowed" ? "emitted" : "withheld";
  return { outcome, ...common, tag, reasons: [leader.judgement.reason] };
}

function collect(decisions: readonly TagDecision[], claims: readonly TagClaim[]): TagAssignment {
  const tags = decisions.flatMap((decision, index): readonly AssignedTag[] => {
    const claim = claims[index];
    if (decision.outcome !== "emitted" || claim?.state !== "claimed") return [];
    const { mutability, order } = claim.shape;
    const { outcome: _, ...rest } = decision;
    return [{ ...rest, tag: claim.tag, mutability, ...(order === undefined ? {} : { order }) }];
  });
  const withheld = decisions.flatMap(({ outcome, rule, tag, reasons }): readonly WithheldTag[] =>
    outcome === "withheld" ? [{ ...(tag === undefined ? {} : { tag }), rule, reasons }] : [],
  );
  return { tags, withheld, decisions };
}
