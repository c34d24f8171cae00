import type { Instant } from "../instant.ts";
import type { CallOptions } from "./call-options.ts";

/** A version as its publisher wrote it; parsing and judging happen in core. */
export interface VersionCandidate {
  /** Exactly as published; this text is what comes back, never a rewritten one. */
  readonly raw: string;
  readonly releasedAt?: Instant;
  /** The publisher's own flag. A version is a pre-release if the flag or the text says so. */
  readonly prerelease?: boolean;
  /** Taken back by its publisher: still there, never to be picked. */
  readonly yanked?: boolean;
  /** The publisher advises against it. */
  readonly deprecated?: boolean;
  /** Whether its publisher had stopped maintaining it when it was listed. Absent when the source does not tell. */
  readonly endOfLife?: boolean;
  /** Whether it was under long-term support when it was listed. Absent when the source does not tell. */
  readonly lts?: boolean;
  /** The Git commit it was made from, in full, where the source tells: that of an annotated tag, not of the tag object. */
  readonly commit?: string;
}

/** Why a source did not give a fresh and whole listing. */
export interface SourceFailure {
  /** `id` of the source. */
  readonly source: string;
  /** A `BayplanErrorCode`; `INCOMPLETE` for a listing that was truncated. */
  readonly error: string;
  readonly message: string;
}

/** Whether a listing may be used to conclude that something does not exist. */
export interface Completeness {
  /** The source had more than it gave. */
  readonly truncated: boolean;
  /** Set when an older copy was served because the source failed: when that copy was read. */
  readonly staleSince?: Instant;
  /**
   * What failed on the way: the sources that were asked before this one answered, in order, and what kept an older copy
   * from being renewed. Absent when nothing did.
   */
  readonly failures?: readonly SourceFailure[];
}

/** One listing: iterate it to the end, then ask how complete it was. */
export interface VersionListing extends AsyncIterable<VersionCandidate> {
  /** Meaningful after the iteration has ended; throws `INCOMPLETE` before. */
  completeness(): Completeness;
}

/**
 * Where versions are published. `list` throws (while iterating) what went wrong: "the list failed" must never look like
 * "the list is short".
 */
export interface VersionSource {
  /** Names the source in plans and reports, for example `python.org`. */
  readonly id: string;
  list(options?: CallOptions): VersionListing;
}
