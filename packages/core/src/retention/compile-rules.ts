import { durationMs } from "./duration.ts";
import { streamParts } from "./parse-retention-policy.ts";
import type { RetentionRule } from "./retention-policy.ts";
import { selectorsOf } from "./selectors-of.ts";
import { type CompiledSelector, compileSelector, type SelectorContext } from "./tag-selector.ts";

/** A rule that is ready. */
export interface CompiledRule {
  readonly rule: RetentionRule;
  /** Its name, or its place. */
  readonly label: string;
  readonly path: string;
  readonly selectors: readonly CompiledSelector[];
  /** Its duration; infinite where it has none. */
  readonly limitMs: number;
  /** Whether the tag fits `match` and not `except`. Always, where the rule has no `match`. */
  isAbout(tag: string): boolean;
  /** The stream that a tag is counted in; `undefined` where it has none, as a tag that is no version has no line. */
  streamOf(tag: string): string | undefined;
}

/** Makes rules ready, in their order. */
export function compileRules(rules: readonly RetentionRule[], context: SelectorContext): readonly CompiledRule[] {
  return rules.map((rule, index): CompiledRule => {
    const path = `rules[${index}]`;
    const placed = selectorsOf(rule, index).map(({ selector, of, path: where }) => {
      return { of, compiled: compileSelector(selector, where, context) };
    });
    const match = placed.flatMap(({ of, compiled }) => (of === "match" ? [compiled] : []));
    const except = placed.flatMap(({ of, compiled }) => (of === "except" ? [compiled] : []));
    return {
      rule,
      label: rule.name ?? path,
      path,
      selectors: placed.map(({ compiled }) => compiled),
      limitMs: limitOf(rule),
      isAbout: (tag) => (match.length === 0 || fitsAny(match, tag) !== undefined) && fitsAny(except, tag) === undefined,
      streamOf: streamKey(rule, match, context),
    };
  });
}

/** Whether one fits; those that never fitted are asked as well, so that what matches nothing is known. */
export function fitsAny(selectors: readonly CompiledSelector[], tag: string): CompiledSelector | undefined {
  let found: CompiledSelector | undefined;
  for (const selector of selectors) {
    if (found !== undefined && selector.hasFitted()) continue;
    if (selector.fits(tag)) found ??= selector;
  }
  return found;
}

function limitOf(rule: RetentionRule): number {
  if (rule.kind === "keep-newer") return checkedMs(rule.than);
  if (rule.kind === "keep-pulled") return checkedMs(rule.within);
  return checkedMs("olderThan" in rule ? rule.olderThan : undefined);
}

/** Milliseconds of a duration that was checked. Infinite for what is not given. */
export function checkedMs(text: string | undefined): number {
  return text === undefined ? Number.POSITIVE_INFINITY : (durationMs(text) ?? Number.POSITIVE_INFINITY);
}

function streamKey(
  rule: RetentionRule,
  match: readonly CompiledSelector[],
  { versions, branches }: SelectorContext,
): (tag: string) => string | undefined {
  const parts = rule.kind === "keep-last" || rule.kind === "expire" ? streamParts(rule.per) : [];
  if (parts.length === 0) return () => "";
  return (tag) => {
    const keys: string[] = [];
    for (const part of parts) {
      let key: string | undefined;
      if (part === "branch") key = branches.streamOf(tag);
      else if (typeof part === "object") key = groupOf(match, tag, part.group);
      else {
        const version = versions.of(tag)?.version;
        if (version === undefined) return undefined;
        const line = version.release.slice(0, part === "line" ? 2 : part === "major" ? 1 : 0).join(".");
        key = [line, version.variant].filter((text) => text !== "").join("-");
      }
      if (key === undefined) return undefined;
      keys.push(key);
    }
    return keys.join(" ");
  };
}

function groupOf(match: readonly CompiledSelector[], tag: string, group: number | string): string | undefined {
  for (const selector of match) {
    const found = selector.group?.(tag, group);
    if (found !== undefined) return found;
  }
  return undefined;
}
