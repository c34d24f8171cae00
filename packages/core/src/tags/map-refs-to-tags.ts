import type { Reason } from "../reason.ts";
import { claimTags } from "./claim-tags.ts";
import { readRef } from "./tag-event.ts";
import type { TagContext, TagPolicy } from "./tag-policy.ts";

/** Which tags belong to which Git refs, both ways. */
export interface RefTagMap {
  /** In the order of the refs. */
  readonly entries: readonly { readonly ref: string; readonly tag: string }[];
  /** The refs of each tag; more than one is a collision. */
  readonly refsOfTag: Readonly<Record<string, readonly string[]>>;
  /** Tags that two refs would write over each other, such as those of `a/b` and `a-b`. */
  readonly collisions: readonly { readonly tag: string; readonly refs: readonly string[] }[];
  /** Refs that get no tag from a rule, and why. */
  readonly refused: readonly { readonly ref: string; readonly tag?: string; readonly reason: Reason }[];
}

/**
 * The tags that the rules name after Git refs, so that clean-up finds its way back from a tag to its branch.
 *
 * @param refs - In full, for example `refs/heads/main`.
 */
export function mapRefsToTags(
  policy: TagPolicy,
  refs: readonly string[],
  context: Pick<TagContext, "image" | "variant"> = {},
): RefTagMap {
  const entries: { readonly ref: string; readonly tag: string }[] = [];
  const refused: { readonly ref: string; readonly tag?: string; readonly reason: Reason }[] = [];
  for (const ref of new Set(refs)) {
    const event = { name: readRef(ref).kind === "pull" ? "pull_request" : "push", ref };
    for (const claim of claimTags({ ...policy, onInvalid: "report" }, { ...context, event }).claims) {
      const isOfRef = claim.original !== undefined || claim.rule.kind === "pr";
      if (claim.state === "claimed" && isOfRef) entries.push({ ref, tag: claim.tag });
      if (claim.state === "withheld" && isOfRef)
        refused.push({ ref, ...(claim.tag === undefined ? {} : { tag: claim.tag }), reason: claim.reason });
      if (claim.state === "invalid") refused.push({ ref, reason: claim.reason });
    }
  }
  const refsOfTag = new Map<string, string[]>();
  for (const { ref, tag } of entries) {
    const others = refsOfTag.get(tag);
    if (others === undefined) refsOfTag.set(tag, [ref]);
    else if (!others.includes(ref)) others.push(ref);
  }
  const collisions = [...refsOfTag].flatMap(([tag, of]) => (of.length > 1 ? [{ tag, refs: of }] : []));
  return { entries, refsOfTag: Object.fromEntries(refsOfTag), collisions, refused };
}

/** What the deletion of a Git ref leaves behind. */
export interface DeletedRefTags {
  /** Tags nothing else is named after. */
  readonly remove: readonly string[];
  /** Tags that stay, since refs that still exist have them too. */
  readonly shared: readonly { readonly tag: string; readonly refs: readonly string[] }[];
}

/**
 * The tags that may go when a branch is deleted: those named after it and after no ref that still exists. Deleting a
 * Git tag removes nothing: a release stays a release.
 */
export function tagsOfDeletedRef(
  policy: TagPolicy,
  deleted: string,
  options: Pick<TagContext, "image" | "variant"> & { readonly liveRefs: readonly string[] },
): DeletedRefTags {
  if (readRef(deleted).kind !== "branch" && readRef(deleted).kind !== "pull") return { remove: [], shared: [] };
  const { liveRefs, ...context } = options;
  const own = new Set(mapRefsToTags(policy, [deleted], context).entries.map(({ tag }) => tag));
  const live = mapRefsToTags(
    policy,
    liveRefs.filter((ref) => ref !== deleted),
    context,
  ).refsOfTag;
  const shared = [...own].flatMap((tag) => {
    const refs = Object.hasOwn(live, tag) ? live[tag] : undefined;
    return refs === undefined ? [] : [{ tag, refs }];
  });
  return { remove: [...own].filter((tag) => !Object.hasOwn(live, tag)), shared };
}
