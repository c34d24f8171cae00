import type { GitRef, GitRefs } from "./git-refs.ts";
import { isFullSha, isShaPrefix } from "./git-sha.ts";

/**
 * What a text names in a Git repository.
 *
 * - `sha`: a commit by its name. `commit` is lower case and whole; `undefined` when an abbreviation is that of no listed ref.
 * - `tag`: by its name or by the name of its tag object. `commit` is peeled.
 * - `ambiguous`: several things; write `refs/tags/x` or `refs/heads/x`, or the whole sha.
 * - `unknown`: nothing. A typing mistake is not a branch.
 */
export type ClassifiedRef =
  | { readonly kind: "sha"; readonly commit: string | undefined; readonly abbreviated: string | undefined }
  | {
      readonly kind: "tag";
      /** Without `refs/tags/`. */
      readonly name: string;
      readonly object: string;
      readonly commit: string | undefined;
      readonly annotated: boolean | undefined;
    }
  | { readonly kind: "branch"; readonly name: string; readonly object: string; readonly commit: string }
  | { readonly kind: "ambiguous"; readonly candidates: readonly string[] }
  | { readonly kind: "unknown"; readonly because: "not-found" | "listing-incomplete" | "neither-branch-nor-tag" };

// Git's own default is 7. Four digits are enough for Git, but then also for "beef", so those must name something listed.
const trustedPrefixLength = 7;

/**
 * Says what a text names, from the refs the server lists: the local clone is never asked, so neither a shallow clone
 * nor a tag that a checkout rewrote changes the answer. Short names are looked up as tag and as branch.
 */
export function classifyRef(listing: GitRefs, ref: string): ClassifiedRef {
  if (isFullSha(ref)) return classifySha(listing, ref);
  const named = lookUp(listing, ref);
  if (named.length > 1) return { kind: "ambiguous", candidates: named.map(({ name }) => name) };
  const [only] = named;
  const isQualified = only !== undefined && only.name === ref;
  if (only !== undefined) {
    // The other one of the same name may be among those that were not listed.
    if (!listing.isComplete && !isQualified) return { kind: "unknown", because: "listing-incomplete" };
    return fromRef(only);
  }
  if (isShaPrefix(ref)) {
    const classified = classifyPrefix(listing, ref.toLowerCase());
    if (classified !== undefined) return classified;
  }
  return { kind: "unknown", because: listing.isComplete ? "not-found" : "listing-incomplete" };
}

function lookUp({ refs }: GitRefs, ref: string): readonly GitRef[] {
  const exact = refs.find(({ name }) => name === ref);
  if (exact !== undefined) return [exact];
  if (ref.startsWith("refs/")) return [];
  const names = new Set([`refs/tags/${ref}`, `refs/heads/${ref}`]);
  if (ref.startsWith("tags/") || ref.startsWith("heads/")) names.add(`refs/${ref}`);
  return refs.filter(({ name }) => names.has(name));
}

function fromRef(ref: GitRef): ClassifiedRef {
  const { object, commit, annotated } = ref;
  if (ref.kind === "tag") return { kind: "tag", name: ref.name.slice("refs/tags/".length), object, commit, annotated };
  if (ref.kind === "branch")
    return { kind: "branch", name: ref.name.slice("refs/heads/".length), object, commit: object };
  return { kind: "unknown", because: "neither-branch-nor-tag" };
}

function classifySha(listing: GitRefs, given: string): ClassifiedRef {
  const sha = given.toLowerCase();
  // A ref that is called like a commit is a trap: some tools take the one, some the other.
  const namesakes = lookUp(listing, given).filter(({ commit }) => commit !== sha);
  if (namesakes.length > 0) return { kind: "ambiguous", candidates: [sha, ...namesakes.map(({ name }) => name)] };
  return tagOfObject(listing, sha) ?? { kind: "sha", commit: sha, abbreviated: undefined };
}

function tagOfObject({ refs }: GitRefs, object: string): ClassifiedRef | undefined {
  const tag = refs.find((ref) => ref.kind === "tag" && ref.annotated === true && ref.object === object);
  return tag === undefined ? undefined : fromRef(tag);
}

function classifyPrefix(listing: GitRefs, prefix: string): ClassifiedRef | undefined {
  const objects = listing.refs.flatMap(({ object, commit }) => (commit === undefined ? [object] : [object, commit]));
  const fitting = [...new Set(objects.filter((object) => object.startsWith(prefix)))];
  if (fitting.length > 1) return { kind: "ambiguous", candidates: fitting };
  const [object] = fitting;
  if (object !== undefined) {
    return tagOfObject(listing, object) ?? { kind: "sha", commit: object, abbreviated: prefix };
  }
  return prefix.length < trustedPrefixLength ? undefined : { kind: "sha", commit: undefined, abbreviated: prefix };
}
