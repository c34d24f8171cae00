import type { TagSelector } from "../../retention/retention-policy.ts";
import { sanitizeTag } from "../../tags/sanitize-tag.ts";
import { createVersionScheme } from "../../version/create-version-scheme.ts";
import { isInLine } from "../../version/version-scheme.ts";

const scheme = createVersionScheme("docker");

/** The tag of a branch, where a branch has one. */
export const branchTag = (branch: string) => sanitizeTag(branch).tag;

/** Which tags a selector means, said a second time; patterns are also regular expressions of JavaScript. */
export function createSelectorFits(liveBranches: readonly string[]): (selector: TagSelector, tag: string) => boolean {
  const live = new Set(liveBranches.map(branchTag));
  return (selector, tag) => {
    if (typeof selector === "string") return tag === selector;
    if ("pattern" in selector) return new RegExp(`^(?:${selector.pattern})$`).test(tag);
    if ("any" in selector) return true;
    if ("branches" in selector)
      return selector.branches === "live" ? live.has(tag) : selector.branches.map(branchTag).includes(tag);
    const version = scheme.parse(tag);
    if (version === undefined) return false;
    if (selector.versions !== "any" && scheme.isStable(version) !== (selector.versions === "stable")) return false;
    if (selector.line !== undefined && !isInLine(version, selector.line)) return false;
    return selector.range === undefined || scheme.satisfies(version, selector.range, { prereleases: true });
  };
}
