import type { Instant } from "../instant.ts";
import type { CallOptions } from "./call-options.ts";

/** A version as its publisher wrote it; parsing and judging happen in core. */
export interface VersionCandidate {
  /** Exactly as published; this text is what comes back, never a rewritten one. */
  readonly raw: string;
  readonly releasedAt?: Instant;
  /** The publisher's own flag. A version is a pre-release if the flag or the text says so. */
  readonly prerelease?: boolean;
  readonly yanked?: boolean;
}

/** Whether a listing may be used to conclude that something does not exist. */
export interface Completeness {
  /** The source had more than it gave. */
  readonly truncated: boolean;
  /** Set when an older copy was served because the source failed. */
  readonly staleSince?: Instant;
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
