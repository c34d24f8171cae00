import type { ChangeDetection } from "./detect-changes.ts";

/** All modes, from the one that trusts nothing. */
export const cacheModes = ["isolated-fresh", "fresh-write", "read-write", "read-only"] as const;

/**
 * What a build does with the build cache.
 *
 * - `isolated-fresh`: nothing is read, nothing written; bases are pulled anew.
 * - `fresh-write`: nothing is read, bases are pulled anew, the result is written for others.
 * - `read-write`: reads and writes.
 * - `read-only`: reads, writes nothing.
 */
export type CacheMode = (typeof cacheModes)[number];

/** What a mode means for one build. */
export interface CacheUse {
  /** Bases are looked up anew. */
  readonly pull: boolean;
  /** No step comes from a cache. */
  readonly noCache: boolean;
  readonly read: boolean;
  readonly write: boolean;
}

/** What the mode means for one build. */
export function cacheUse(mode: CacheMode): CacheUse {
  const isFresh = mode === "isolated-fresh" || mode === "fresh-write";
  return { pull: isFresh, noCache: isFresh, read: !isFresh, write: mode === "fresh-write" || mode === "read-write" };
}

/** The same mode without writing: for builds whose result nobody else may get, such as those of a fork. */
export function withoutCacheWrite(mode: CacheMode): CacheMode {
  if (mode === "fresh-write") return "isolated-fresh";
  return mode === "read-write" ? "read-only" : mode;
}

/** The modes a build chooses between. */
export interface CacheChoice {
  /** When a rebuild was asked for, or watched files changed, or that is not known. Default `fresh-write`. */
  readonly fresh?: CacheMode;
  /** Otherwise. Default `read-only`. */
  readonly cached?: CacheMode;
}

/** Which mode a build has: fresh when a rebuild was asked for or the watched files are not clearly unchanged. */
export function chooseCacheMode(
  facts: { readonly rebuild: boolean; readonly changes: ChangeDetection["state"] },
  choice: CacheChoice = {},
): CacheMode {
  const { fresh = "fresh-write", cached = "read-only" } = choice;
  return facts.rebuild || facts.changes !== "unchanged" ? fresh : cached;
}
