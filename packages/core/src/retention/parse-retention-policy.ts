import { BayplanError, isBayplanError, type Problem } from "../errors.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { policyPath, policyProblems } from "./policy-problems.ts";
import type { RetentionPolicy, RetentionRule, StreamPart, TagSelector } from "./retention-policy.ts";
import { PolicyDocument } from "./schema.ts";
import { selectorsOf } from "./selectors-of.ts";

/**
 * Checks a retention policy that came from a file or another process. Unknown keys, patterns that RE2 does not know,
 * ranges that the scheme does not read, groups that a pattern does not have and rules that contradict themselves are
 * errors.
 *
 * @throws BayplanError `INVALID_DEFINITION` with every problem in `problems`.
 */
export function parseRetentionPolicy(data: unknown): RetentionPolicy {
  const parsed = PolicyDocument.safeParse(data);
  if (!parsed.success) throw invalid(policyProblems(parsed.error, data));
  const problems = [...rangeProblems(parsed.data), ...ruleProblems(parsed.data.rules ?? [])];
  if (problems.length > 0) throw invalid(problems);
  return parsed.data;
}

function rangeProblems(policy: RetentionPolicy): readonly Problem[] {
  const scheme = createVersionScheme(policy.scheme ?? "docker");
  const sample = ["1.0.0", "1.0", "1", "3.14.0t"].map((text) => scheme.parse(text)).find((version) => version);
  const check = (selector: TagSelector, path: string): readonly Problem[] => {
    if (typeof selector === "string" || !("versions" in selector) || selector.range === undefined) return [];
    try {
      if (sample !== undefined) scheme.satisfies(sample, selector.range);
      return [];
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      return [{ path: `${path}.range`, found: JSON.stringify(selector.range), expected: `a range of ${scheme.name}` }];
    }
  };
  const protect = (policy.protect ?? []).flatMap((selector, index) => check(selector, `protect[${index}]`));
  const rules = (policy.rules ?? []).flatMap((rule, index) =>
    selectorsOf(rule, index).flatMap(({ selector, path }) => check(selector, path)),
  );
  return [...protect, ...rules];
}

function ruleProblems(rules: readonly RetentionRule[]): readonly Problem[] {
  const problems: Problem[] = [];
  const names = new Set<string>();
  const once = new Set<string>();
  rules.forEach((rule, index) => {
    const at = (key: string) => policyPath(["rules", index, key]);
    if (rule.name !== undefined && names.has(rule.name))
      problems.push({ path: at("name"), found: JSON.stringify(rule.name), expected: "a name of its own" });
    if (rule.name !== undefined) names.add(rule.name);
    if (["expire-untagged", "expire-orphans", "expire-unmatched"].includes(rule.kind) && once.has(rule.kind))
      problems.push({ path: at("kind"), found: `a second ${rule.kind}`, expected: "one" });
    once.add(rule.kind);
    if ("except" in rule && rule.except !== undefined && rule.match === undefined)
      problems.push({
        path: at("except"),
        found: "except alone",
        expected: "match beside it, for example { any: true }",
      });
    if (
      rule.kind === "expire" &&
      rule.when !== undefined &&
      (rule.olderThan === undefined || rule.keepLast === undefined)
    )
      problems.push({
        path: at("when"),
        found: JSON.stringify(rule.when),
        expected: "olderThan and keepLast beside it",
      });
    if (rule.kind === "keep-last" || rule.kind === "expire") problems.push(...groupProblems(rule, index));
  });
  return problems;
}

type CountingRule = Extract<RetentionRule, { readonly kind: "keep-last" | "expire" }>;

function groupProblems(rule: CountingRule, index: number): readonly Problem[] {
  const groups = streamParts(rule.per).flatMap((part) => (typeof part === "object" ? [part.group] : []));
  const path = policyPath(["rules", index, "per"]);
  const matches = selectorsOf(rule, index).filter(({ of }) => of === "match");
  return groups.flatMap((group) =>
    matches.flatMap(({ selector, path: where }): readonly Problem[] => {
      const source = typeof selector === "object" && "pattern" in selector ? selector.pattern : undefined;
      if (source === undefined)
        return [{ path: where, found: "no pattern", expected: `a pattern, for the group of ${path}` }];
      const { groupNames, groupCount } = groupsOf(source);
      const isThere = typeof group === "number" ? group <= groupCount : groupNames.includes(group);
      return isThere ? [] : [{ path, found: `the group ${group}`, expected: `a group of ${JSON.stringify(source)}` }];
    }),
  );
}

/** How many groups a pattern has, with what its names are. */
function groupsOf(source: string): { readonly groupNames: readonly string[]; readonly groupCount: number } {
  // With an empty alternative it matches the empty text, and so shows its groups.
  const probe = compilePattern(source.length > 990 ? source : `(?:${source})|`);
  return { groupNames: probe.groupNames, groupCount: (probe.exec("")?.captures.length ?? 1) - 1 };
}

/** The parts of a stream as a list. */
export function streamParts(per: StreamPart | readonly StreamPart[] | undefined): readonly StreamPart[] {
  if (per === undefined) return [];
  return typeof per === "string" || "group" in per ? [per] : per;
}

function invalid(problems: readonly Problem[]): BayplanError {
  const lines = problems.map(
    ({ path, found, expected }) => `\n  ${path === "" ? "the policy" : path}: found ${found}, expected ${expected}`,
  );
  return new BayplanError("INVALID_DEFINITION", `The retention policy cannot be used:${lines.join("")}`, { problems });
}
