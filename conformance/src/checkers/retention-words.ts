import { fromHarborRetention, fromZotRetention, type ImportedRetention } from "@bayplan/compat";
import { z } from "zod";

/**
 * A policy of zot as a case has it: one policy with what stands beside it in zot. Every glob means the case's repository,
 * only `no-match` does not.
 */
export function importZotCase(
  original: Readonly<Record<string, unknown>>,
  { hasDatabase }: { readonly hasDatabase: boolean },
): ImportedRetention {
  if ("policies" in original) return fromZotRetention(original, { repository: "repository", hasDatabase });
  const { delay, dryRun, repositories, ...policy } = original;
  const globs = z.array(z.string()).parse(repositories ?? ["**"]);
  const own = globs.find((glob) => glob !== "no-match");
  const retention = {
    ...(delay !== undefined && { delay }),
    ...(dryRun !== undefined && { dryRun }),
    policies: [{ ...policy, repositories: globs }],
  };
  const repository = own === undefined ? "repository" : own.replaceAll("*", "x");
  return fromZotRetention(retention, { repository, hasDatabase });
}

const HarborRule = z.strictObject({
  action: z.string().optional(),
  template: z.string(),
  params: z.record(z.string(), z.unknown()).optional(),
  tags: z.string().optional(),
  excludeTags: z.string().optional(),
  labels: z.array(z.string()).optional(),
  withoutLabels: z.array(z.string()).optional(),
  repositories: z.string().optional(),
  untagged: z.boolean().optional(),
  disabled: z.boolean().optional(),
});
const HarborPolicy = z.strictObject({
  algorithm: z.string().optional(),
  rules: z.array(HarborRule),
  immutable: z.array(z.string()).optional(),
});

/** A policy of Harbor as a case has it: with a short form for selectors, and `k`, `n` or `x` for the rule's number. */
export function importHarborCase(original: Readonly<Record<string, unknown>>): ImportedRetention {
  const { algorithm = "or", rules, immutable = [] } = HarborPolicy.parse(original);
  return fromHarborRetention(
    { algorithm, rules: rules.map(harborRule) },
    { repository: "repository", immutable: immutable.map((tag) => ({ tag_selectors: [tagSelector(tag, false)] })) },
  );
}

function harborRule(rule: z.infer<typeof HarborRule>): unknown {
  const { action = "retain", template, params = {}, repositories = "**", disabled } = rule;
  const [number] = Object.values(params);
  const labels = [
    { decoration: "withLabels", names: rule.labels },
    { decoration: "withoutLabels", names: rule.withoutLabels },
  ];
  const extras = rule.untagged === undefined ? {} : { extras: JSON.stringify({ untagged: rule.untagged }) };
  const isExclusion = rule.tags === undefined && rule.excludeTags !== undefined;
  return {
    action,
    template,
    params: number === undefined ? {} : { [template]: number },
    ...(disabled !== undefined && { disabled }),
    tag_selectors: [
      { ...tagSelector(rule.tags ?? rule.excludeTags ?? "**", isExclusion), ...extras },
      ...labels.flatMap(({ decoration, names }) =>
        names === undefined ? [] : [{ kind: "label", decoration, pattern: names.join(",") }],
      ),
    ],
    scope_selectors: { repository: [{ kind: "doublestar", decoration: "repoMatches", pattern: repositories }] },
  };
}

function tagSelector(pattern: string, excludes: boolean) {
  return { kind: "doublestar", decoration: excludes ? "excludes" : "matches", pattern };
}
