import type { AssignedTag, TagAssignment } from "../tags/assign-tags.ts";
import { assignTags } from "../tags/assign-tags.ts";
import type { TagEvent } from "../tags/tag-event.ts";
import type { TagContext, TagPolicy } from "../tags/tag-policy.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";

/** 40 digits, so that it can be told which commit is meant. */
export function shaOf(digit: string): string {
  return digit.repeat(40);
}

/** A push to a ref of a Git repository whose default branch is `main`. */
export function pushOf(ref: string, more: Partial<TagEvent> = {}): TagEvent {
  return { name: "push", ref, sha: shaOf("a"), defaultBranch: "main", ...more };
}

/** Semantic versions, nothing published, unless said otherwise. */
export function assignWith(
  policy: Partial<TagPolicy> & Pick<TagPolicy, "rules">,
  context: Partial<TagContext> = {},
): TagAssignment {
  return assignTags(
    { scheme: createVersionScheme("semver"), ...policy },
    { repository: "ghcr.io/o/a", known: { state: "complete", tags: [] }, ...context },
  );
}

/** The names alone. */
export function namesOf({ tags }: { readonly tags: readonly AssignedTag[] }): readonly string[] {
  return tags.map(({ tag }) => tag);
}

/** What came of every rule, as `outcome tag code`. */
export function outcomesOf({ decisions }: TagAssignment): readonly string[] {
  return decisions.map(({ outcome, tag = "-", reasons }) => `${outcome} ${tag} ${reasons[0].code}`);
}
