import { BayplanError, type Problem } from "../errors.ts";
import type { TagRule } from "../tags/tag-rule.ts";
import { problemsOf } from "./problems.ts";
import { tagRuleOf } from "./tag-rule-of.ts";
import { tagRuleProblems } from "./tag-rule-problems.ts";
import { Tags } from "./tag-schema.ts";

/**
 * Checks tag rules that came from a file or another process and expands their short forms, for `assignTags`. An unknown
 * key, an unknown name in braces and a rule that can never give a legal tag are errors.
 *
 * @throws BayplanError `INVALID_DEFINITION` with every problem in `problems`.
 */
export function parseTagRules(data: unknown): readonly TagRule[] {
  const parsed = Tags.safeParse(data);
  if (!parsed.success) throw invalid(problemsOf(parsed.error, data, "tags"));
  const rules = parsed.data.map(tagRuleOf);
  const problems = rules.flatMap((rule, index) => tagRuleProblems(rule, `tags[${index}]`));
  if (problems.length > 0) throw invalid(problems);
  return rules;
}

function invalid(problems: readonly Problem[]): BayplanError {
  const lines = problems.map(({ path, found, expected }) => `\n  ${path}: found ${found}, expected ${expected}`);
  return new BayplanError("INVALID_DEFINITION", `The tag rules cannot be used:${lines.join("")}`, { problems });
}
