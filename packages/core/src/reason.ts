import type { Digest } from "./oci/digest.ts";
import type { Expected } from "./ports/registry.ts";
import type { RetentionReason } from "./retention/retention-reason.ts";

/** Why a step exists, was skipped or held: data first, prose second (`explain(reason)` renders it). */
export type Reason =
  | { readonly code: "version-selected"; readonly source: string; readonly version: string; readonly line?: string }
  /** The definition or its caller names it. `name`: of a companion; absent for the version itself. */
  | { readonly code: "version-given"; readonly version: string; readonly name?: string }
  | { readonly code: "no-version"; readonly source: string; readonly line?: string; readonly rejected: number }
  | {
      readonly code: "version-held";
      readonly source: string;
      readonly version: string;
      readonly minimumAgeDays: number;
    }
  | { readonly code: "version-request-invalid"; readonly source: string; readonly message: string }
  | { readonly code: "version-ambiguous"; readonly source: string; readonly candidates: readonly string[] }
  | { readonly code: "source-failed"; readonly source: string; readonly error: string; readonly message: string }
  | { readonly code: "source-incomplete"; readonly source: string }
  | { readonly code: "missing-in-registry"; readonly reference: string }
  | { readonly code: "denied-or-absent"; readonly reference: string; readonly takenAs: "unknown" | "absent" }
  | { readonly code: "registry-unknown"; readonly reference: string; readonly error: string; readonly message: string }
  | { readonly code: "staged-build-found"; readonly reference: string; readonly digest: Digest }
  | { readonly code: "parent-rebuilt"; readonly parent: string; readonly distance: number }
  | { readonly code: "blocked"; readonly on: string }
  | { readonly code: "platform-missing"; readonly base: string; readonly platforms: readonly string[] }
  | { readonly code: "immutable-conflict"; readonly reference: string; readonly found: Digest; readonly wanted: Digest }
  | { readonly code: "never-built" }
  | { readonly code: "source-changed"; readonly name: string; readonly from?: string; readonly to?: string }
  | { readonly code: "argument-changed"; readonly name: string; readonly from?: string; readonly to?: string }
  | {
      readonly code: "base-digest-changed";
      readonly base: string;
      readonly platform: string;
      readonly from: Expected;
      readonly to: Expected;
    }
  | { readonly code: "bases-reordered" }
  /** A published image is built on what its base was, not on what it is. `from`: where the image tells. */
  | {
      readonly code: "base-drifted";
      readonly base: string;
      readonly platform: string;
      readonly method: "key" | "annotation" | "layers";
      readonly from?: string;
      readonly to: Digest;
    }
  /** Nothing shows that a published image is what the definition would build. */
  | {
      readonly code: "not-proven";
      readonly reference: string;
      readonly adopt: "verify" | "rebuild";
      readonly base?: string;
    }
  | { readonly code: "platform-added"; readonly platform: string }
  | { readonly code: "platform-removed"; readonly platform: string }
  | { readonly code: "up-to-date"; readonly reference: string; readonly digest: Digest }
  | { readonly code: "forced"; readonly by: string; readonly why: string }
  | { readonly code: "held"; readonly by: string; readonly why: string; readonly until?: string }
  | {
      readonly code: "too-old";
      readonly reference: string;
      readonly ageDays: number;
      readonly maxAgeDays: number;
    }
  | { readonly code: "age-unknown"; readonly reference: string; readonly maxAgeDays: number }
  | { readonly code: "release-kept"; readonly reference: string }
  | { readonly code: "release-replaced"; readonly reference: string; readonly from: Digest }
  | { readonly code: "promotion"; readonly digest: Digest }
  | { readonly code: "group-held"; readonly because: string }
  | { readonly code: "gate"; readonly group: string }
  | { readonly code: "rolled-back"; readonly reference: string; readonly from: Digest; readonly to: Digest }
  | { readonly code: "nothing-before"; readonly reference: string }
  | { readonly code: "moved-since"; readonly reference: string; readonly found: Digest; readonly ours: Digest }
  | { readonly code: "tag-missing"; readonly reference: string }
  | { readonly code: "tag-behind"; readonly reference: string; readonly from: Expected; readonly to: Digest }
  | { readonly code: "exact-version"; readonly version: string }
  | { readonly code: "highest-in-line"; readonly tag: string; readonly line: string; readonly published: number }
  | { readonly code: "not-highest"; readonly tag: string; readonly line: string; readonly highest: string }
  | { readonly code: "prerelease"; readonly tag: string; readonly version: string }
  | { readonly code: "version-not-understood"; readonly version: string; readonly scheme: string }
  | { readonly code: "listing-incomplete"; readonly repository: string; readonly error: string }
  | { readonly code: "declared"; readonly rule: string }
  | { readonly code: "from-event"; readonly rule: string; readonly text: string; readonly event?: string }
  | { readonly code: "condition-not-met"; readonly condition: string; readonly wanted: string; readonly found?: string }
  | { readonly code: "value-missing"; readonly name: string }
  | { readonly code: "no-match"; readonly pattern: string; readonly text: string }
  | { readonly code: "duplicate-tag"; readonly tag: string; readonly by: string }
  | { readonly code: "illegal-tag"; readonly rule: string; readonly text: string; readonly why: string }
  | { readonly code: "reserved-name"; readonly tag: string; readonly original: string }
  | { readonly code: "not-prerelease"; readonly tag: string; readonly version: string }
  | { readonly code: "numbers-only"; readonly tag: string; readonly version: string }
  | { readonly code: "outside-range"; readonly tag: string; readonly version: string; readonly range: string }
  | { readonly code: "unordered"; readonly tag: string }
  | { readonly code: "first-of-branch"; readonly tag: string }
  | { readonly code: "ancestor"; readonly tag: string; readonly commit: string; readonly relation: "ancestor" | "same" }
  | {
      readonly code: "not-ancestor";
      readonly tag: string;
      readonly commit: string;
      readonly relation: "descendant" | "diverged";
    }
  | { readonly code: "ancestry-unknown"; readonly tag: string; readonly error: string }
  | { readonly code: "commit-mismatch"; readonly ref: string; readonly commit: string; readonly expected: string }
  | {
      readonly code: "version-taken";
      readonly tag: string;
      readonly version: string;
      readonly found: Digest;
      readonly wanted: Digest;
    }
  | {
      readonly code: "tag-held";
      readonly tag: string;
      readonly by: string;
      readonly why: string;
      readonly until?: string;
    }
  | {
      readonly code: "tag-forced";
      readonly tag: string;
      readonly by: string;
      readonly why: string;
      readonly to: string;
    }
  | { readonly code: "nothing-to-compare"; readonly what: string }
  | { readonly code: "same-image"; readonly level: string; readonly reference: string }
  | {
      readonly code: "image-differs";
      readonly level: string;
      readonly left: Digest;
      readonly right: Digest;
      readonly differences: number;
    }
  | { readonly code: "platforms-match"; readonly found: readonly string[] }
  | {
      readonly code: "platforms-differ";
      readonly found: readonly string[];
      readonly missing: readonly string[];
      readonly unexpected: readonly string[];
    }
  | { readonly code: "labels-match"; readonly labels: readonly string[] }
  | {
      readonly code: "label-differs";
      readonly label: string;
      readonly platform: string;
      readonly expected: string;
      readonly found?: string;
    }
  | { readonly code: "referrer-found"; readonly artifactType: string; readonly digest: Digest }
  | { readonly code: "referrer-missing"; readonly artifactType: string }
  | RetentionReason
  | { readonly code: "custom"; readonly text: string };

/** At least one reason: every decision has one. */
export type Reasons = readonly [Reason, ...Reason[]];
