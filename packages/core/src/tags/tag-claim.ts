import type { Reason } from "../reason.ts";
import type { RuleShape } from "./rule-shape.ts";
import type { TagContext, TagPolicy } from "./tag-policy.ts";
import { ruleText, type TagRule } from "./tag-rule.ts";
import type { TagSubject } from "./tag-values.ts";

/** What of a context decides which tags are meant, before anything is asked of what exists. */
export type ClaimContext = Pick<TagContext, "version" | "event" | "trigger" | "image" | "variant">;

/** What one rule means in one form of the variant: a tag, or why there is none. */
export type TagClaim = {
  readonly rule: TagRule;
  /** The suffix of this form. */
  readonly suffix: string;
  /** The text the tag was made from, where it was not taken as it is. */
  readonly original?: string;
} & (
  | {
      readonly state: "claimed";
      readonly tag: string;
      readonly shape: RuleShape;
      readonly reason: Reason;
      /** Whether it is named after a version or a Git tag, and so after a commit that never changes. */
      readonly isRelease: boolean;
    }
  | { readonly state: "skipped"; readonly reason: Reason }
  | { readonly state: "invalid" | "withheld"; readonly tag?: string; readonly reason: Reason }
);

/** A claim that became a tag. */
export type ClaimedTag = Extract<TagClaim, { readonly state: "claimed" }>;

/** What one rule is read with. */
export interface ClaimInput {
  readonly policy: TagPolicy;
  readonly subject: TagSubject;
  readonly suffix: string;
  readonly variant: string | undefined;
  readonly trigger: TagContext["trigger"];
}

/** A claim to a tag that cannot be. */
export function invalidClaim(rule: TagRule, suffix: string, text: string, why: string): TagClaim {
  const reason = { code: "illegal-tag", rule: ruleText(rule), text: text.slice(0, 140), why } as const;
  return { rule, suffix, state: "invalid", reason };
}
