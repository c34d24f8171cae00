import type { RetentionPolicy, RetentionRule, TagSelector } from "@bayplan/core";
import { doublestarSource } from "./doublestar.ts";
import { type HarborConfig, type HarborRule, readHarborRetention } from "./harbor-retention-schema.ts";
import { simulateHarbor } from "./simulate-harbor.ts";
import type { ImportedRetention, RetentionWarning } from "./simulation.ts";

/** Which repository of Harbor is meant. */
export interface HarborRetentionOptions {
  /** Its name without the project: rules whose scope does not fit it do not count. */
  readonly repository: string;
  /** The immutable tag rules of the project, as Harbor's API gives them. Default none. */
  readonly immutable?: unknown;
}

type Match = { readonly match: TagSelector; readonly except?: TagSelector };

// More than any repository has: everything that fits stays.
const everything = 1_000_000_000;

/**
 * Understands a tag retention policy of Harbor, as its API gives it, for one repository.
 *
 * All rules retain; what none of them retains is deleted. One retained tag keeps an artifact with all its tags. An artifact
 * that is part of an index that stays cannot be deleted. The policy never empties a repository.
 *
 * @throws BayplanError `INVALID_INPUT` with everything that Harbor refuses.
 * @see https://goharbor.io/docs/latest/working-with-projects/working-with-images/create-tag-retention-rules/
 */
export function fromHarborRetention(
  policy: unknown,
  { repository, immutable = [] }: HarborRetentionOptions,
): ImportedRetention {
  const config = readHarborRetention(policy, { repository, immutable });
  return {
    simulate: (inventory, now) => simulateHarbor(config, inventory, now),
    policy: policyOf(config),
    warnings: warningsOf(config),
  };
}

function warningsOf({ rules }: HarborConfig): readonly RetentionWarning[] {
  if (rules.length === 0)
    return [{ code: "no-effect", detail: "No rule is about the repository; nothing is deleted." }];
  const warnings: RetentionWarning[] = [
    { code: "unmatched-deleted", detail: "Whatever no rule retains is deleted, whether or not a rule names it." },
  ];
  for (const [index, rule] of rules.entries()) {
    const name = `Rule ${index + 1} (${rule.template})`;
    if (rule.isDefault) {
      warnings.push({
        code: "no-effect",
        detail: `${name} has no number that can be used; Harbor takes ${rule.count}.`,
      });
    }
    if (!isExpressible(rule)) {
      const detail = `${name} is about pulls, labels or several patterns at once. The policy keeps every tag that it may fit.`;
      warnings.push({ code: "not-expressible", detail });
    }
  }
  if (rules.some(keepsUntagged) && untaggedAge(rules) === undefined) {
    warnings.push({
      code: "not-expressible",
      detail: "Rules retain some untagged images; the policy keeps all of them.",
    });
  }
  return warnings;
}

function policyOf({ rules, immutable }: HarborConfig): RetentionPolicy {
  if (rules.length === 0) return { rules: [] };
  const keeps = rules.flatMap(keepRulesOf);
  const age = untaggedAge(rules);
  const untagged: RetentionRule[] =
    age === undefined
      ? []
      : [
          {
            kind: "expire-untagged",
            name: "not retained (untagged)",
            ...(rules.some(keepsUntagged) && { olderThan: daysText(age) }),
          },
        ];
  const isImmutable = immutable.map(({ pattern, excludes }, index): RetentionRule => {
    const match = matchOf({ kind: "tags", pattern, excludes, untagged: false });
    return { kind: "keep-last", name: `immutable ${index + 1}`, count: everything, ...match };
  });
  const expire: RetentionRule = { kind: "expire", name: "not retained", match: { any: true } };
  return { rules: [...isImmutable, ...keeps, expire, ...untagged], untag: "none", guards: { neverEmpty: true } };
}

/** What the rule keeps, or more: what cannot be said keeps all that it may fit. */
function keepRulesOf(rule: HarborRule, index: number): readonly RetentionRule[] {
  const { template, count, selectors } = rule;
  const name = `rule ${index + 1}`;
  const [first] = selectors.flatMap((selector) => (selector.kind === "tags" ? [selector] : []));
  const match = first === undefined ? { match: { any: true as const } } : matchOf(first);
  if (template === "nothing") return [];
  if (!isExpressible(rule) || template === "always") return [{ kind: "keep-last", name, count: everything, ...match }];
  if (isAge(rule)) return [{ kind: "keep-newer", name, than: daysText(count), ...match }];
  if (template === "nDaysSinceLastPull") return [{ kind: "keep-pulled", name, within: daysText(count), ...match }];
  return count === 0 ? [] : [{ kind: "keep-last", name, count, ...match }];
}

function isExpressible({ template, selectors }: HarborRule): boolean {
  if (selectors.length !== 1 || selectors[0]?.kind !== "tags") return false;
  return template !== "latestPulledN" && template !== "latestActiveK";
}

function matchOf(selector: Extract<HarborRule["selectors"][number], { kind: "tags" }>): Match {
  const source = selector.pattern === "" ? undefined : doublestarSource(selector.pattern);
  const tags: TagSelector = source === undefined ? { any: true } : { pattern: source };
  return selector.excludes ? { match: { any: true }, except: tags } : { match: tags };
}

function keepsUntagged({ selectors, template }: HarborRule): boolean {
  if (template === "nothing") return false;
  return selectors.every((selector) => selector.kind === "labels" || selector.untagged !== selector.excludes);
}

function isAge({ template }: HarborRule): boolean {
  return template === "nDaysSinceLastPush" || template === "lastXDays";
}

/** A second more than so many days: Harbor compares whole seconds, and keeps what is exactly so old. */
function daysText(days: number): string {
  return `${days * 24 * 3600 + 1}s`;
}

/** After how many days untagged images may go; `undefined` where that cannot be said. */
function untaggedAge(rules: readonly HarborRule[]): number | undefined {
  const keeping = rules.filter(keepsUntagged);
  if (!keeping.every(isAge)) return undefined;
  return keeping.length === 0 ? 0 : Math.max(...keeping.map(({ count }) => count));
}
