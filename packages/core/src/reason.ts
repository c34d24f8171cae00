import type { Digest } from "./oci/digest.ts";
import type { Expected } from "./ports/registry.ts";

/** Why a step exists, was skipped or held: data first, prose second (`explain(reason)` renders it). */
export type Reason =
  | { readonly code: "version-selected"; readonly source: string; readonly version: string; readonly line?: string }
  | { readonly code: "no-version"; readonly source: string; readonly line?: string; readonly rejected: number }
  | {
      readonly code: "version-held";
      readonly source: string;
      readonly version: string;
      readonly minimumAgeDays: number;
    }
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
  | { readonly code: "up-to-date"; readonly reference: string; readonly digest: Digest }
  | { readonly code: "tag-missing"; readonly reference: string }
  | { readonly code: "tag-behind"; readonly reference: string; readonly from: Expected; readonly to: Digest }
  | { readonly code: "exact-version"; readonly version: string }
  | { readonly code: "highest-in-line"; readonly tag: string; readonly line: string; readonly published: number }
  | { readonly code: "not-highest"; readonly tag: string; readonly line: string; readonly highest: string }
  | { readonly code: "prerelease"; readonly tag: string; readonly version: string }
  | { readonly code: "version-not-understood"; readonly version: string; readonly scheme: string }
  | { readonly code: "listing-incomplete"; readonly repository: string; readonly error: string }
  | { readonly code: "custom"; readonly text: string };

/** At least one reason: every decision has one. */
export type Reasons = readonly [Reason, ...Reason[]];
