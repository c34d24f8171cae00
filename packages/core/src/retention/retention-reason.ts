import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";

/** Why an image or a tag stays. */
export type KeepReason =
  | { readonly code: "protected"; readonly tag: string; readonly selector: string }
  | { readonly code: "pinned"; readonly by?: string; readonly tag?: string }
  | {
      readonly code: "newest";
      readonly rule: string;
      readonly keepLast: number;
      readonly tag?: string;
      readonly stream?: string;
    }
  | { readonly code: "young-enough"; readonly rule: string; readonly limit: string; readonly tag?: string }
  | { readonly code: "pulled"; readonly rule: string; readonly at: Instant; readonly tag?: string }
  | { readonly code: "date-unknown"; readonly rule: string; readonly tag?: string }
  | { readonly code: "no-stream"; readonly rule: string; readonly tag: string }
  | { readonly code: "live-branch"; readonly tag: string; readonly branch: string }
  | { readonly code: "label-not-due"; readonly rule: string; readonly tag: string; readonly value: string }
  | { readonly code: "custom-rule"; readonly rule: string; readonly text: string; readonly tag?: string }
  | { readonly code: "no-rule"; readonly tag?: string }
  | { readonly code: "subject-missing"; readonly subject: Digest }
  | { readonly code: "in-flight"; readonly delay: string; readonly pushedAt?: Instant }
  | { readonly code: "last-tagged"; readonly keepTagged: number }
  | { readonly code: "git-tag-deleted"; readonly ref: string }
  | { readonly code: "child-of"; readonly parent: Digest }
  | { readonly code: "referrer-of"; readonly subject: Digest };

/** Why an image or a tag goes. */
export type ExpiryReason =
  | {
      readonly code: "expired";
      readonly rule: string;
      readonly tag?: string;
      readonly olderThan?: string;
      readonly keepLast?: number;
      readonly stream?: string;
    }
  | { readonly code: "label-due"; readonly rule: string; readonly tag: string; readonly value: string }
  | { readonly code: "branch-deleted"; readonly rule: string; readonly tag: string; readonly branch: string }
  | { readonly code: "orphan"; readonly rule: string; readonly subject: Digest };

/** Why something that the rules would take stays nevertheless, or is not known. */
export type RefusalReason =
  | { readonly code: "inventory-incomplete"; readonly error: string }
  | { readonly code: "manifest-unreadable"; readonly digest: Digest; readonly error: string; readonly count: number }
  | { readonly code: "tag-on-two"; readonly tag: string }
  | { readonly code: "live-branches-unknown"; readonly rule: string }
  | { readonly code: "untagged-unknown" }
  | { readonly code: "too-many-deletions"; readonly planned: number; readonly of: number; readonly limit: string }
  | { readonly code: "would-be-empty" }
  | { readonly code: "too-few-tagged"; readonly tagged: number; readonly keepTagged: number }
  | { readonly code: "untag-unsupported"; readonly tag: string }
  | { readonly code: "untag-would-delete"; readonly tag: string };

/** Every reason of an evaluation. */
export type RetentionReason = KeepReason | ExpiryReason | RefusalReason;
