import type { Problem } from "../errors.ts";
import { templateNames } from "../tags/render-template.ts";
import { type TagRule, tagTemplateNames } from "../tags/tag-rule.ts";
import type { TagConfig } from "./family-config.ts";
import { show } from "./problems.ts";

const legalTag = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** Expands the short forms of tag rules and reports every template that could never give a legal tag. */
export function expandTags(tags: readonly TagConfig[], path: string, problems: Problem[]): readonly TagRule[] {
  // Rules of the family are expanded once per image: what is wrong with them is said once.
  const isReported = problems.some((problem) => problem.path.startsWith(path));
  const rules = tags.map((tag): TagRule => {
    if (typeof tag === "string") return { kind: "exact", template: tag };
    return "exact" in tag ? { kind: "exact", template: tag.exact } : { kind: "alias", template: tag.alias };
  });
  if (isReported) return rules;
  problems.push(...rules.flatMap((rule, index) => templateProblems(rule, `${path}[${index}]`)));
  if (!rules.some((rule) => rule.kind === "exact")) {
    problems.push({ path, found: "no exact tag", expected: 'an exact tag with {version}, for example "{version}"' });
  }
  return rules;
}

function templateProblems(rule: TagRule, path: string): readonly Problem[] {
  const unknown = templateNames(rule.template).filter((name) => !tagTemplateNames.includes(name));
  if (unknown.length > 0) {
    const expected = `only ${tagTemplateNames.map((name) => `{${name}}`).join(", ")} in braces`;
    return [{ path, found: show(rule.template), expected }];
  }
  // An exact tag that is the same for two releases would be one image's for ever.
  if (rule.kind === "exact" && !templateNames(rule.template).includes("version")) {
    return [
      {
        path,
        found: show(rule.template),
        expected: `{version} in an exact tag, or { alias: ${JSON.stringify(rule.template)} } for a moving one`,
      },
    ];
  }
  if (legalTag.test(rule.template.replace(/\{[^{}]*\}/g, "x"))) return [];
  const expected = "a legal tag: letters, digits, . _ or -, not beginning with . or -";
  return [{ path, found: show(rule.template), expected }];
}
