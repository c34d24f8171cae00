import type { Problem } from "@bayplan/core";
import { z } from "zod";
import { doublestarTest } from "./doublestar.ts";
import { readInputs, refuseInputs } from "./read-inputs.ts";

const Selector = z.strictObject({
  kind: z.string(),
  decoration: z.string(),
  pattern: z.string(),
  extras: z.string().exactOptional(),
});
const Selectors = z.array(Selector).min(1, "at least one");
const Scope = z.strictObject({ repository: Selectors });
/** What counts where a rule has no number, or none that can be used. */
const templates = {
  latestPushedK: 10,
  latestPulledN: 10,
  latestActiveK: 10,
  lastXDays: 10,
  nDaysSinceLastPush: 30,
  nDaysSinceLastPull: 30,
  always: undefined,
  nothing: undefined,
} as const;

/** The name of what a rule keeps. */
export type HarborTemplate = keyof typeof templates;

const Template = z.enum(Object.keys(templates) as [HarborTemplate, ...HarborTemplate[]]);
const Rule = z.strictObject({
  id: z.number().exactOptional(),
  priority: z.number().exactOptional(),
  disabled: z.boolean().exactOptional(),
  action: z.literal("retain"),
  template: Template,
  params: z.record(z.string(), z.unknown()).nullable().exactOptional(),
  tag_selectors: Selectors,
  scope_selectors: Scope,
});
const Policy = z.strictObject({
  id: z.number().exactOptional(),
  algorithm: z.literal("or"),
  rules: z.array(Rule).max(15, "at most 15 rules"),
  trigger: z.unknown().exactOptional(),
  scope: z.unknown().exactOptional(),
});
const Immutable = z.array(
  z.strictObject({
    id: z.number().exactOptional(),
    project_id: z.number().exactOptional(),
    priority: z.number().exactOptional(),
    disabled: z.boolean().exactOptional(),
    action: z.literal("immutable").exactOptional(),
    template: z.string().exactOptional(),
    params: z.unknown().exactOptional(),
    tag_selectors: Selectors,
    scope_selectors: Scope.exactOptional(),
  }),
);

/** One selector of a rule, ready. */
export type HarborSelector =
  | { readonly kind: "tags"; readonly pattern: string; readonly excludes: boolean; readonly untagged: boolean }
  | { readonly kind: "labels"; readonly labels: readonly string[]; readonly excludes: boolean };

/** One rule that counts for the repository. All its selectors must fit. */
export interface HarborRule {
  readonly template: HarborTemplate;
  /** The number of images or days; 0 for `always` and `nothing`. */
  readonly count: number;
  /** Whether the number is Harbor's own, for want of one that can be used. */
  readonly isDefault: boolean;
  readonly selectors: readonly HarborSelector[];
}

/** What Harbor does with one repository. */
export interface HarborConfig {
  readonly rules: readonly HarborRule[];
  /** Globs of tags that are immutable in the repository; negated ones mean all other tags. */
  readonly immutable: readonly { readonly pattern: string; readonly excludes: boolean }[];
}

/** Where a policy counts. */
export interface ReadHarborOptions {
  /** Without the project. */
  readonly repository: string;
  readonly immutable: unknown;
}

const what = "Harbor retention policy";
type Given = z.output<typeof Selector>;

/**
 * Reads a policy for one repository.
 *
 * @throws BayplanError `INVALID_INPUT` with everything that Harbor refuses, and for selectors that Harbor has not.
 */
export function readHarborRetention(policy: unknown, { repository, immutable }: ReadHarborOptions): HarborConfig {
  const { rules } = readInputs(Policy, policy, { what });
  const immutables = readInputs(Immutable, immutable, { what: "list of immutable tag rules" });
  const problems: Problem[] = [];
  const isAbout = (selectors: readonly Given[], path: string) =>
    selectors.every((selector, index) => matchesRepository(selector, repository, `${path}[${index}]`, problems));
  const read = rules.map((rule, index) => {
    const path = `rules[${index}]`;
    return {
      isActive:
        isAbout(rule.scope_selectors.repository, `${path}.scope_selectors.repository`) && rule.disabled !== true,
      rule: readRule(rule, path, problems),
    };
  });
  const protectedTags = immutables.flatMap(({ disabled, tag_selectors, scope_selectors }, index) => {
    const path = `immutable[${index}]`;
    const selectors = readSelectors(tag_selectors, `${path}.tag_selectors`, problems);
    const isHere = isAbout(scope_selectors?.repository ?? [], `${path}.scope_selectors.repository`);
    if (!isHere || disabled === true) return [];
    return selectors.flatMap((selector) => (selector.kind === "tags" ? [selector] : []));
  });
  if (problems.length > 0) throw refuseInputs(what, problems);
  return { rules: read.filter(({ isActive }) => isActive).map(({ rule }) => rule), immutable: protectedTags };
}

function readRule(rule: z.output<typeof Rule>, path: string, problems: Problem[]): HarborRule {
  const { template, params } = rule;
  const fallback = templates[template];
  const given = params?.[template];
  const known = fallback === undefined ? [] : [template as string];
  for (const name of Object.keys(params ?? {})) {
    if (known.includes(name)) continue;
    const expected = known.length === 0 ? "expected no parameter" : `expected ${template}`;
    problems.push({ path: `${path}.params.${name}`, found: "an unknown parameter", expected });
  }
  const isUsable = typeof given === "number" && Number.isInteger(given) && given >= 0;
  return {
    template,
    count: isUsable ? given : (fallback ?? 0),
    isDefault: fallback !== undefined && !isUsable,
    selectors: readSelectors(rule.tag_selectors, `${path}.tag_selectors`, problems),
  };
}

function readSelectors(selectors: readonly Given[], path: string, problems: Problem[]): readonly HarborSelector[] {
  return selectors.flatMap(({ kind, decoration, pattern, extras }, index): HarborSelector[] => {
    const at = `${path}[${index}]`;
    if (kind === "doublestar" && (decoration === "matches" || decoration === "excludes")) {
      if (doublestarTest(pattern) === undefined) {
        problems.push({ path: `${at}.pattern`, found: JSON.stringify(pattern), expected: "expected a glob" });
      }
      const excludes = decoration === "excludes";
      return [{ kind: "tags", pattern, excludes, untagged: untaggedOf(extras) ?? !excludes }];
    }
    if (kind === "label" && (decoration === "withLabels" || decoration === "withoutLabels")) {
      const labels = pattern === "" ? [] : pattern.split(",");
      return [{ kind: "labels", labels, excludes: decoration === "withoutLabels" }];
    }
    const expected = "expected doublestar with matches or excludes, or label with withLabels or withoutLabels";
    problems.push({ path: at, found: `${kind} with ${decoration}`, expected });
    return [];
  });
}

/** What cannot be read counts as not said. */
function untaggedOf(extras: string | undefined): boolean | undefined {
  if (extras === undefined || extras === "") return undefined;
  try {
    const read: unknown = JSON.parse(extras);
    if (typeof read !== "object" || read === null || Array.isArray(read)) return undefined;
    const { untagged } = read as { readonly untagged?: unknown };
    // A text that is read and does not say it means no.
    return untagged === undefined ? false : typeof untagged === "boolean" ? untagged : undefined;
  } catch {
    return undefined;
  }
}

function matchesRepository(selector: Given, repository: string, path: string, problems: Problem[]): boolean {
  const { kind, decoration, pattern } = selector;
  const test = pattern === "" ? () => true : doublestarTest(pattern);
  const isKnown = kind === "doublestar" && (decoration === "repoMatches" || decoration === "repoExcludes");
  if (!isKnown || test === undefined) {
    const expected = "expected doublestar with repoMatches or repoExcludes, and a glob";
    problems.push({ path, found: `${kind} with ${decoration}, ${JSON.stringify(pattern)}`, expected });
    return false;
  }
  return test(repository) !== (decoration === "repoExcludes");
}
