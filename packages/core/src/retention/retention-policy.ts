import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { SchemeConfig } from "../version/create-version-scheme.ts";
import type { VersionScheme } from "../version/version-scheme.ts";
import type { RetentionManifest } from "./inventory.ts";

/**
 * Which tags are meant: a text is one exact tag; `pattern` is RE2 and describes the whole tag; `versions` are tags that
 * the policy's version scheme understands, `line` (`1.11`) and `range` narrow them; `branches` are the tags of these Git
 * branches, or of all live ones; `any` is every tag but those of referrers.
 */
export type TagSelector =
  | string
  | { readonly pattern: string }
  | { readonly versions: "stable" | "prerelease" | "any"; readonly line?: string; readonly range?: string }
  | { readonly branches: readonly string[] | "live" }
  | { readonly any: true };

/**
 * What tags have in common that are counted together: the X.Y line of their version (and its variant), its major number
 * (and variant), its variant, their live branch (tags of no live branch together), or a group of the rule's `pattern`.
 */
export type StreamPart = "line" | "major" | "variant" | "branch" | { readonly group: number | string };

interface Named {
  /** Stands in reasons. Default: its place, `rules[0]`. */
  readonly name?: string;
}

interface Matching {
  readonly match: TagSelector | readonly TagSelector[];
  readonly except?: TagSelector | readonly TagSelector[];
}

interface Counting {
  /** Default: all tags of the rule are one stream. */
  readonly per?: StreamPart | readonly StreamPart[];
  /** What makes an image newer. Default `pushed`; `version` is by the policy's scheme. */
  readonly by?: "pushed" | "version";
}

/**
 * One rule. `keep-` rules add: what one of them keeps, stays. Of the `expire-` rules the first that is about a tag
 * decides it. What no rule is about stays. Durations are texts such as `36h` or `30d`.
 *
 * - `keep-last`: the `count` newest images of each stream.
 * - `keep-newer`: images pushed within `than`. Without `match`, untagged ones too.
 * - `keep-pulled`: images pulled within `within`. Pulls only ever keep. Without `match`, untagged ones too.
 * - `keep-live-branches`: the tags of `liveBranches`. Without those, nothing is deleted at all.
 * - `expire`: tags beyond the `keepLast` newest *and* older than `olderThan`, as far as given; with `when: "either"` one
 *   of the two is enough. With neither: all.
 * - `expire-unmatched`: the same for the tags that no selector of another rule fits.
 * - `expire-label`: tags of images whose label (default `quay.expires-after`) names a duration that is over since the push.
 * - `expire-deleted-branch`: the tags of the branch whose deletion is `event`, if no live branch has them.
 * - `expire-untagged`: images without a tag that nothing contains or is the subject of.
 * - `expire-orphans`: signatures and the like whose subject is not in the repository.
 * - `custom`: a function of the caller's.
 */
export type RetentionRule =
  | ({ readonly kind: "keep-last"; readonly count: number } & Matching & Counting & Named)
  | ({ readonly kind: "keep-newer"; readonly than: string } & Partial<Matching> & Named)
  | ({ readonly kind: "keep-pulled"; readonly within: string } & Partial<Matching> & Named)
  | ({ readonly kind: "keep-live-branches" } & Named)
  | ({
      readonly kind: "expire";
      readonly olderThan?: string;
      readonly keepLast?: number;
      readonly when?: "both" | "either";
    } & Matching &
      Counting &
      Named)
  | ({ readonly kind: "expire-unmatched"; readonly olderThan?: string; readonly keepLast?: number } & Named)
  | ({ readonly kind: "expire-label"; readonly label?: string } & Partial<Matching> & Named)
  | ({ readonly kind: "expire-deleted-branch" } & Named)
  | ({ readonly kind: "expire-untagged"; readonly olderThan?: string; readonly keepLast?: number } & Named)
  | ({ readonly kind: "expire-orphans"; readonly olderThan?: string } & Named)
  | { readonly kind: "custom"; readonly name: string; readonly judge: CustomRetentionRule };

/** What a custom rule is asked about. */
export interface CustomRetentionSubject {
  readonly tag: string;
  readonly manifest: RetentionManifest;
  readonly now: Instant;
}

/**
 * Decides one tag: `keep` as a `keep-` rule does, `expire` as an `expire-` rule in its place does, `undefined` where it is
 * not about the tag. Must be pure.
 */
export type CustomRetentionRule = (
  subject: CustomRetentionSubject,
) => { readonly verdict: "keep" | "expire"; readonly text: string } | undefined;

/**
 * What is in use: a digest (also at the end of a reference, as `planPins` gives it) or a tag, alone or with where it is
 * used; or a function that says of a manifest where it is
 * used, `undefined` for nowhere. A pinned tag stays where it is, a pinned digest stays with all it needs.
 */
export type Pin =
  | string
  | { readonly digest: Digest; readonly by?: string }
  | { readonly tag: string; readonly by?: string }
  | ((manifest: RetentionManifest) => string | undefined);

/** That a Git ref was deleted. Only branches are ever cleaned up: after the deletion of a Git tag everything stays. */
export interface RefDeletion {
  readonly type: "delete";
  readonly refType: "branch" | "tag";
  /** With or without `refs/heads/`. */
  readonly ref: string;
}

/**
 * Limits that hold whatever the rules say. All are off unless given; an incomplete listing and an unreadable manifest
 * stop everything always.
 */
export interface RetentionGuards {
  /** Nothing pushed within this time, or at an unknown time, goes or loses a tag: its push may still be going on. */
  readonly delay?: string;
  /** More than so many manifests, or so many percent of all: nothing goes. */
  readonly maxDeletions?: { readonly count?: number; readonly percent?: number };
  /** Whether a repository that would be empty loses nothing. Default false. */
  readonly neverEmpty?: boolean;
  /** So many tagged images stay, the newest, whatever happens to the others. Default 0. */
  readonly keepTagged?: number;
}

/** What may go, and what is known to be in use. */
export interface RetentionPolicy {
  /** How tags are read as versions: a name, a name with options, or an object. Default `docker`. */
  readonly scheme?: string | SchemeConfig | VersionScheme;
  /** Tags that never go, and never lose their image. Images that have one use no place among the last N. */
  readonly protect?: readonly TagSelector[];
  readonly rules?: readonly RetentionRule[];
  /** The tags of a branch; `{branch}` is its name as a tag. Default `["{branch}"]`. */
  readonly branchTags?: readonly string[];
  /** Which expired tags are removed from images that stay. Default `all`; `unprotected`: not from images with a protected tag. */
  readonly untag?: "all" | "unprotected" | "none";
  readonly guards?: RetentionGuards;
  readonly pins?: readonly Pin[];
  /** All Git branches there are. Absent: not known. */
  readonly liveBranches?: readonly string[];
  /** What asks for this clean-up. */
  readonly event?: RefDeletion;
}
