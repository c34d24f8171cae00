import type { Problem } from "../errors.ts";
import { isExactRule } from "../tags/rule-shape.ts";
import type { TagRule } from "../tags/tag-rule.ts";
import type { TagConfig } from "./tag-config.ts";
import { tagRuleOf } from "./tag-rule-of.ts";
import { eventRuleProblems, tagRuleProblems } from "./tag-rule-problems.ts";

/** Expands the short forms of tag rules and reports every template that could never give a legal tag. */
export function expandTags(tags: readonly TagConfig[], path: string, problems: Problem[]): readonly TagRule[] {
  // Rules of the family are expanded once per image: what is wrong with them is said once.
  const isReported = problems.some((problem) => problem.path.startsWith(path));
  const rules = tags.map(tagRuleOf);
  if (isReported) return rules;
  problems.push(
    ...rules.flatMap((rule, index) => {
      const at = `${path}[${index}]`;
      const wrong = tagRuleProblems(rule, at);
      return wrong.length > 0 ? wrong : eventRuleProblems(rule, at);
    }),
  );
  // The image is found by it, so it must be there always.
  const isFound = rules.some((rule) => isExactRule(rule) && rule.when === undefined && rule.images === undefined);
  if (!isFound) {
    problems.push({ path, found: "no exact tag", expected: 'an exact tag with {version}, for example "{version}"' });
  }
  return rules;
}
