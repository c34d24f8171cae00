import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { RetentionManifest } from "./inventory.ts";
import type { RefusalReason, RetentionReason } from "./retention-reason.ts";

/**
 * A chain: each reason says why, and where it names another manifest (`child-of`, `referrer-of`) the next one says why
 * that one stays or goes, down to a rule. A long chain is shortened in its middle.
 */
export type RetentionReasons = readonly [RetentionReason, ...RetentionReason[]];

/** A manifest that stays. */
export interface KeptManifest {
  readonly digest: Digest;
  /** The tags it has afterwards, sorted. */
  readonly tags: readonly string[];
  readonly reasons: RetentionReasons;
}

/** A manifest that goes, and what must still be so when it does. */
export interface DeletedManifest {
  readonly digest: Digest;
  readonly manifest: RetentionManifest;
  /** All its tags, sorted. */
  readonly tags: readonly string[];
  /** The listed indexes that contain it: all of them go, too. */
  readonly parents: readonly Digest[];
  /** What is attached to it and listed. Absent: nobody looked. */
  readonly referrers?: readonly Digest[];
  /** For each tag of an image why it expired; for what goes along, the chain to that image. */
  readonly reasons: RetentionReasons;
}

/** A tag that goes while its manifest stays. */
export interface RemovedTag {
  readonly tag: string;
  readonly digest: Digest;
  /** When that manifest was pushed, where it is known. */
  readonly pushedAt?: Instant;
  readonly reasons: RetentionReasons;
}

/** What the rules would take and something forbids: a manifest, or one `tag` of it. The first reason is what forbids it. */
export interface RefusedRemoval {
  readonly digest: Digest;
  readonly tag?: string;
  readonly reasons: RetentionReasons;
}

/** A part of the policy that did nothing here, which is often a mistake in it. */
export interface RetentionNotice {
  /** `matched-nothing`: no tag fits. `not-judged`: the inventory does not show what the rule is about. */
  readonly code: "matched-nothing" | "not-judged";
  /** Where in the policy, for example `protect[1]` or `rules[0].match[2]`. */
  readonly path: string;
  /** What stands there, for people. */
  readonly text: string;
}

/**
 * What stays and what goes. `keep` and `delete` are together exactly the inventory; each list is in the order of push
 * time, then digest, oldest first, unknown times before all others.
 */
export interface RetentionEvaluation {
  /** Which repository it is of, where the inventory says so. */
  readonly repository?: RepositoryName;
  readonly keep: readonly KeptManifest[];
  readonly delete: readonly DeletedManifest[];
  readonly untag: readonly RemovedTag[];
  readonly refused: readonly RefusedRemoval[];
  /** What stopped everything, whether or not there was anything to stop. Empty when nothing did. */
  readonly stopped: readonly RefusalReason[];
  readonly notices: readonly RetentionNotice[];
}
