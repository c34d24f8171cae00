import { sanitizeTag } from "../tags/sanitize-tag.ts";
import type { RefDeletion } from "./retention-policy.ts";

/** Which tags belong to which branches. Two branches may have one tag: `a/b` and `a-b`. */
export interface BranchTags {
  /** Whether anybody said which branches there are. */
  readonly isKnown: boolean;
  tagsOf(branch: string): readonly string[];
  /** The first live branch that has the tag. */
  liveBranchOf(tag: string): string | undefined;
  /** The live branch whose tag is the whole tag, or its longest beginning before a `-`; `""` for none. */
  streamOf(tag: string): string;
  /** The branch whose deletion is the event; `undefined` for any other event. */
  readonly deleted: { readonly branch: string; readonly tags: ReadonlySet<string> } | undefined;
}

/** What the mapping is made of. */
export interface BranchFacts {
  readonly liveBranches?: readonly string[];
  readonly branchTags?: readonly string[];
  readonly event?: RefDeletion;
}

/** Maps branches to their tags as `sanitizeTag` names them. */
export function createBranchTags(facts: BranchFacts): BranchTags {
  const { branchTags = ["{branch}"], event } = facts;
  const tagsOf = (branch: string) => {
    const { tag } = sanitizeTag(withoutPrefix(branch));
    return branchTags.map((template) => template.replaceAll("{branch}", tag));
  };
  const live = new Map<string, string>();
  for (const branch of facts.liveBranches ?? []) {
    for (const tag of tagsOf(branch)) if (!live.has(tag)) live.set(tag, branch);
  }
  return {
    isKnown: facts.liveBranches !== undefined,
    tagsOf,
    liveBranchOf: (tag) => live.get(tag),
    streamOf(tag) {
      for (let end = tag.length; end > 0; end = tag.lastIndexOf("-", end - 1)) {
        const branch = live.get(tag.slice(0, end));
        if (branch !== undefined) return branch;
      }
      return "";
    },
    deleted:
      event?.refType === "branch" ? { branch: withoutPrefix(event.ref), tags: new Set(tagsOf(event.ref)) } : undefined,
  };
}

function withoutPrefix(ref: string): string {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : ref;
}
