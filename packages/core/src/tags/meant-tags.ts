import { claimTags } from "./claim-tags.ts";
import { followsVersion } from "./judge-version.ts";
import { refuseInvalid } from "./refuse-invalid.ts";
import type { ClaimContext } from "./tag-claim.ts";
import type { TagPolicy } from "./tag-policy.ts";
import { ruleText, type TagOrder } from "./tag-rule.ts";

/** A tag the rules could give an image, whatever is published. */
export interface MeantTag {
  readonly tag: string;
  readonly mutability: "immutable" | "moving";
  /** Only of moving tags. */
  readonly order?: TagOrder;
  /** The rule, for people. */
  readonly rule: string;
}

/**
 * Every tag the rules could give an image, each as often as rules give it, in the order of the rules: what must be
 * asked before {@link assignTags} can decide. Tags that follow versions of another kind are left out.
 *
 * @throws BayplanError as {@link assignTags} does for illegal tags and policies that cannot work.
 */
export function meantTags(policy: TagPolicy, context: ClaimContext): readonly MeantTag[] {
  const { claims, subject } = claimTags(policy, context);
  refuseInvalid(claims, policy);
  return claims.flatMap((claim): readonly MeantTag[] => {
    if (claim.state !== "claimed") return [];
    const { mutability, order } = claim.shape;
    if (order === "version" && followsVersion(claim, { policy, subject }) !== undefined) return [];
    return [{ tag: claim.tag, mutability, ...(order === undefined ? {} : { order }), rule: ruleText(claim.rule) }];
  });
}
