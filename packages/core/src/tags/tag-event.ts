import type { Instant } from "../instant.ts";
import type { TriggerEvent } from "../trigger/trigger-event.ts";

/**
 * What happened in Git, as far as tags depend on it. Everything may be missing; a rule that needs it is then skipped.
 * What a {@link TriggerEvent} says too has the same name.
 */
export interface TagEvent
  extends Pick<TriggerEvent, "name" | "ref" | "baseRef" | "defaultBranch" | "isFork" | "inputs"> {
  /** The commit that is built, in full. */
  readonly sha?: string;
  /** The commit the ref points to, peeled, where that was asked. Another one than `sha` holds every tag named after it. */
  readonly refCommit?: string;
  /** Branch a pull request comes from. */
  readonly headRef?: string;
  /** Number of the pull request. Default: from the ref. */
  readonly pr?: number;
  /** Number of the run. */
  readonly run?: number;
  /** When the run began, for `{date:…}`. */
  readonly at?: Instant;
  /** When the commit was made, for `{commit-date:…}`. */
  readonly committedAt?: Instant;
}

/** What a full ref names. */
export interface NamedRef {
  readonly kind: "branch" | "tag" | "pull" | "other";
  /** Without `refs/heads/` and the like: `main`, `v1.2.3`, `7/merge`. */
  readonly name: string;
}

const kinds = [
  ["refs/heads/", "branch"],
  ["refs/tags/", "tag"],
  ["refs/pull/", "pull"],
] as const;

/** Reads a full ref. A short name is of the kind `other`: whether `v1` is a branch or a tag is not guessed. */
export function readRef(ref: string): NamedRef {
  const found = kinds.find(([prefix]) => ref.startsWith(prefix) && ref.length > prefix.length);
  return found === undefined ? { kind: "other", name: ref } : { kind: found[1], name: ref.slice(found[0].length) };
}
