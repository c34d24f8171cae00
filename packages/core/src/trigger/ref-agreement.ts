import { classifyRef } from "./classify-ref.ts";
import type { GitRefs } from "./git-refs.ts";
import { parseFullSha } from "./git-sha.ts";

/**
 * Whether a commit is the one a ref stands for.
 *
 * - `agrees`: the ref names it now.
 * - `disagrees`: the tag, or the commit that the ref is, is another one. Nothing may be tagged after that ref.
 * - `unknown`: not to be told from the refs. A branch whose tip is another commit may just have moved on.
 */
export type RefAgreement =
  | { readonly state: "agrees"; readonly kind: "sha" | "tag" | "branch" }
  | { readonly state: "disagrees"; readonly kind: "sha" | "tag"; readonly found: string }
  | { readonly state: "unknown"; readonly because: "branch-moved" | "ambiguous" | "not-found" | "commit-unknown" };

/**
 * Compares a ref with the commit that came beside it, for example in a `repository_dispatch` or typed into a manual run.
 *
 * @throws BayplanError `INVALID_INPUT` when the commit is not a full sha.
 */
export function checkRefAgreement(
  listing: GitRefs,
  given: { readonly ref: string; readonly sha: string },
): RefAgreement {
  const sha = parseFullSha(given.sha, "commit beside the ref");
  const classified = classifyRef(listing, given.ref);
  if (classified.kind === "ambiguous") return { state: "unknown", because: "ambiguous" };
  if (classified.kind === "unknown") return { state: "unknown", because: "not-found" };
  const { kind, commit } = classified;
  if (commit === sha) return { state: "agrees", kind };
  if (kind === "branch") return { state: "unknown", because: "branch-moved" };
  if (commit !== undefined) return { state: "disagrees", kind, found: commit };
  // An abbreviation of something that is not listed can still be excluded.
  const prefix = kind === "sha" ? (classified.abbreviated ?? "") : "";
  return sha.startsWith(prefix)
    ? { state: "unknown", because: "commit-unknown" }
    : { state: "disagrees", kind, found: prefix };
}
