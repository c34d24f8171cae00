import { compilePattern } from "../pattern/compile-pattern.ts";
import { isInLine, type Version } from "../version/version-scheme.ts";
import type { BranchTags } from "./branch-tags.ts";
import type { RetentionNotice } from "./evaluation.ts";
import type { TagSelector } from "./retention-policy.ts";
import type { TagVersions } from "./tag-versions.ts";

/** A selector that is ready, and remembers whether it ever fitted. */
export interface CompiledSelector {
  readonly path: string;
  /** What stands in the policy, for people. */
  readonly text: string;
  fits(tag: string): boolean;
  /** A group of its pattern; `undefined` without a match, `""` for a group that took no part. */
  readonly group?: (tag: string, group: number | string) => string | undefined;
  hasFitted(): boolean;
}

/** What selectors ask beside the tag. */
export interface SelectorContext {
  readonly versions: TagVersions;
  readonly branches: BranchTags;
}

/** Makes a selector ready. */
export function compileSelector(selector: TagSelector, path: string, context: SelectorContext): CompiledSelector {
  const test = testOf(selector, context);
  let fitted = false;
  const group = typeof selector === "object" && "pattern" in selector ? groupOf(selector.pattern) : undefined;
  return {
    path,
    text: textOf(selector),
    fits(tag) {
      const fits = test(tag);
      if (fits) fitted = true;
      return fits;
    },
    ...(group && { group }),
    hasFitted: () => fitted,
  };
}

/** Those that never fitted. */
export function idleSelectors(selectors: readonly CompiledSelector[]): readonly RetentionNotice[] {
  return selectors
    .filter((selector) => !selector.hasFitted())
    .map(({ path, text }) => ({ code: "matched-nothing", path, text }));
}

function testOf(selector: TagSelector, { versions, branches }: SelectorContext): (tag: string) => boolean {
  if (typeof selector === "string") return (tag) => tag === selector;
  if ("pattern" in selector) return compilePattern(selector.pattern, { anchored: true }).test;
  if ("any" in selector) return () => true;
  if ("branches" in selector) {
    if (selector.branches === "live") return (tag) => branches.liveBranchOf(tag) !== undefined;
    const tags = new Set(selector.branches.flatMap(branches.tagsOf));
    return (tag) => tags.has(tag);
  }
  const { line, range } = selector;
  const isWanted = ({ version, isStable }: { readonly version: Version; readonly isStable: boolean }) => {
    if (selector.versions !== "any" && isStable !== (selector.versions === "stable")) return false;
    if (line !== undefined && !isInLine(version, line)) return false;
    return range === undefined || versions.satisfies(version, range);
  };
  return (tag) => {
    const read = versions.of(tag);
    return read !== undefined && isWanted(read);
  };
}

function groupOf(source: string): (tag: string, group: number | string) => string | undefined {
  const pattern = compilePattern(source, { anchored: true });
  return (tag, group) => {
    const match = pattern.exec(tag);
    if (match === undefined) return undefined;
    return (typeof group === "number" ? match.captures[group] : match.groups[group]) ?? "";
  };
}

function textOf(selector: TagSelector): string {
  if (typeof selector === "string") return selector;
  if ("pattern" in selector) return selector.pattern;
  if ("any" in selector) return "any tag";
  if ("branches" in selector) {
    if (selector.branches === "live") return "live branches";
    const [first, ...others] = selector.branches;
    return `branches ${first}${others.length > 0 ? ` and ${others.length} more` : ""}`;
  }
  const of = [selector.line === undefined ? "" : ` of ${selector.line}`, selector.range ?? ""].join(" ").trim();
  return `${selector.versions} versions${of === "" ? "" : ` ${of}`}`;
}
