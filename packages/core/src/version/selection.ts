import type { Instant } from "../instant.ts";
import type { TagClass } from "./tag-class.ts";
import type { Version } from "./version-scheme.ts";

/** A candidate that was not picked, and why. */
export type RejectedCandidate =
  | { readonly raw: string; readonly code: RejectionCode }
  /** `class`: what it names instead, where the text tells. */
  | { readonly raw: string; readonly code: "not-a-version"; readonly class?: TagClass }
  /** `limit`: how much more than `from` the first number may be. */
  | { readonly raw: string; readonly code: "major-jump"; readonly from: string; readonly limit: number }
  /** `until`: when it will be old enough. */
  | { readonly raw: string; readonly code: "too-young"; readonly until: Instant };

/** Why a candidate was not picked, where nothing more is to be said. */
export type RejectionCode =
  | "other-variant"
  | "other-prefix"
  | "yanked"
  | "deprecated"
  | "end-of-life"
  | "excluded"
  | "denied"
  | "not-allowed"
  | "too-imprecise"
  | "too-precise"
  | "other-line"
  | "out-of-range"
  | "prerelease"
  | "not-lts"
  | "below-current"
  | "not-ranked"
  | "no-release-time"
  | "lower";

interface Rejections {
  readonly rejected: readonly RejectedCandidate[];
  /** Since when the listing is an older copy, because its source failed. Absent when it is fresh. */
  readonly staleSince?: Instant;
}

/**
 * The answer, with a reason for every candidate that was not picked.
 *
 * - `picked`: `version`. A younger one that must wait is among the rejected.
 * - `held`: all that would do must wait; `version` is the best of them, and must not be used.
 * - `ambiguous`: `versions` are one release under several names, or cannot be ranked.
 * - `incomplete`: the listing ended early. `none`: nothing fits. `error`: the selector cannot be followed.
 */
export type Selection =
  | (Rejections & { readonly state: "picked"; readonly version: Version })
  | (Rejections & { readonly state: "held"; readonly version: Version })
  | (Rejections & { readonly state: "none" })
  | (Rejections & { readonly state: "ambiguous"; readonly versions: readonly Version[] })
  | (Rejections & { readonly state: "incomplete" })
  | (Rejections & { readonly state: "error"; readonly code: string; readonly message: string });
