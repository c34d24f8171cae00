import type { RetentionPolicy, RetentionRule, TagSelector } from "@bayplan/core";
import { type EcrRule, readEcrLifecyclePolicy } from "./ecr-lifecycle-schema.ts";
import { simulateEcr } from "./simulate-ecr.ts";
import type { ImportedRetention, RetentionWarning } from "./simulation.ts";
import { escapePattern, wildcardSource } from "./tag-pattern-text.ts";

/**
 * Understands a lifecycle policy of Amazon ECR, given as a document or as JSON text. The simulation is exact as far as ECR
 * documents it: priorities, lists of tags that must all fit, counts, ages by push, pull and archival, children that wait
 * for their index, and what is attached to an image, which follows it.
 *
 * The policy never takes a tag from an image that stays, archives nothing, and counts tagged and untagged images apart.
 *
 * @throws BayplanError `INVALID_INPUT` with every reason for which ECR refuses it.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export function fromEcrLifecyclePolicy(policy: unknown): ImportedRetention {
  const rules = readEcrLifecyclePolicy(policy);
  return {
    simulate: (inventory, now) => simulateEcr(rules, inventory, now),
    policy: policyOf(rules),
    warnings: rules.flatMap(warningsOf),
  };
}

function warningsOf(rule: EcrRule): readonly RetentionWarning[] {
  const name = `The rule with priority ${rule.rulePriority}`;
  const warnings: RetentionWarning[] = [];
  if (entriesOf(rule).length > 1) {
    warnings.push(
      {
        code: "all-listed-tags",
        detail: `${name} selects only images that have all of its tags at once. Write one rule for each tag instead.`,
      },
      { code: "not-expressible", detail: `${name} is not imported; every tag that fits one of its entries stays.` },
    );
  } else if (rule.action.type === "transition") {
    warnings.push({ code: "not-expressible", detail: `${name} archives; what it is about stays.` });
  } else if (rule.selection.countType === "sinceImageTransitioned") {
    warnings.push({ code: "not-expressible", detail: `${name} is about archived images and is not imported.` });
  }
  return warnings;
}

function policyOf(rules: readonly EcrRule[]): RetentionPolicy {
  const protect: TagSelector[] = [];
  const ours: RetentionRule[] = [];
  let isUntaggedDecided = false;
  for (const rule of rules) {
    const { tagStatus, storageClass } = rule.selection;
    if (storageClass === "archive") continue;
    const match = selectorsOf(rule);
    if (rule.action.type === "transition" || entriesOf(rule).length > 1) {
      // As in ECR, no later rule takes what this one is about.
      protect.push(...match);
    } else {
      const limit = limitOf(rule);
      const name = `ECR rule ${rule.rulePriority}`;
      if (match.length > 0) ours.push({ kind: "expire", name, match, ...limit });
      if (tagStatus !== "tagged" && !isUntaggedDecided)
        ours.push({ kind: "expire-untagged", name: `${name} (untagged)`, ...limit });
    }
    if (tagStatus !== "tagged") isUntaggedDecided = true;
  }
  return { protect, rules: ours, untag: "none" };
}

function limitOf({ selection }: EcrRule): { readonly keepLast: number } | { readonly olderThan: string } {
  const { countType, countNumber } = selection;
  return countType === "imageCountMoreThan" ? { keepLast: countNumber } : { olderThan: `${countNumber}d` };
}

function selectorsOf({ selection }: EcrRule): readonly TagSelector[] {
  if (selection.tagStatus === "any") return [{ any: true }];
  return [
    ...(selection.tagPatternList ?? []).map((pattern) => ({ pattern: wildcardSource(pattern) })),
    ...(selection.tagPrefixList ?? []).map((prefix) => ({ pattern: `${escapePattern(prefix)}.*` })),
  ];
}

function entriesOf({ selection }: EcrRule): readonly string[] {
  return [...(selection.tagPatternList ?? []), ...(selection.tagPrefixList ?? [])];
}
