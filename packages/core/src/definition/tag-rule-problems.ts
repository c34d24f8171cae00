import { isBayplanError, type Problem } from "../errors.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { templateNames } from "../tags/render-template.ts";
import { namesWholeVersion } from "../tags/rule-shape.ts";
import { ruleText, type TagRule, tagTemplateNames, versionTemplateNames } from "../tags/tag-rule.ts";
import { valueKey } from "../tags/tag-values.ts";
import { show } from "./problems.ts";

const legalTag = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** Everything that keeps a rule from ever giving a legal tag. */
export function tagRuleProblems(rule: TagRule, path: string): readonly Problem[] {
  const problem = (found: string, expected: string): Problem => ({ path, found: show(found), expected });
  if (rule.kind === "match") {
    try {
      compilePattern(rule.pattern);
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      return [problem(rule.pattern, `an RE2 pattern. ${error.message}`)];
    }
  }
  const body = bodyOf(rule);
  const whole = [rule.prefix, body, rule.suffix, "line" in rule ? rule.line : undefined].join("");
  const unknown = templateNames(whole).filter((name) => !isKnown(name));
  if (unknown.length > 0) {
    const known = tagTemplateNames.map((name) => `{${name}}`).join(", ");
    return [problem(ruleText(rule), `only ${known} in braces`)];
  }
  // An exact tag that is the same for two releases would be one image's for ever.
  if (rule.kind === "exact" && !namesWholeVersion(rule.template)) {
    const alias = `{ alias: ${JSON.stringify(rule.template)} }`;
    return [problem(rule.template, `{version} in an exact tag, or ${alias} for a moving one`)];
  }
  const tag = [rule.prefix, body, rule.suffix].join("").replace(/\{[^{}]*\}/g, "x");
  if (legalTag.test(tag)) return [];
  return [problem(ruleText(rule), "a legal tag: letters, digits, . _ or -, not beginning with . or -")];
}

/**
 * Why a family cannot use the rule: its plans are made from versions, there is no Git event. `assignTags` can use it
 * with one.
 */
export function eventRuleProblems(rule: TagRule, path: string): readonly Problem[] {
  const versionNames: readonly string[] = versionTemplateNames;
  const names = templateNames([rule.prefix, bodyOf(rule), rule.suffix].join(""));
  const free = names.find((name) => !versionNames.includes(name) && name !== "image");
  const conditions = rule.when === undefined ? [] : [rule.when].flat();
  const eventPart = conditions.flatMap((condition) => Object.keys(condition)).find((key) => key !== "prerelease");
  const order = "order" in rule && rule.order === "ancestry" ? "the order by ancestry" : undefined;
  const isOfEvent = ["sha", "branch", "tag", "pr", "edge", "schedule"].includes(rule.kind);
  const isMatch = rule.kind === "match" && rule.on !== "version";
  const variants = rule.variants === undefined ? undefined : "variants";
  const found =
    isOfEvent || isMatch
      ? `a ${rule.kind} rule`
      : (order ??
        variants ??
        (free === undefined ? undefined : `{${free}}`) ??
        (eventPart === undefined ? undefined : `when.${eventPart}`));
  if (found === undefined) return [];
  const expected =
    "a rule about versions: a family is planned without a Git event. Call assignTags with the event for the others";
  return [{ path, found, expected }];
}

/** What stands for the tag between prefix and suffix; a name that stands for itself where any text may come. */
function bodyOf(rule: TagRule): string {
  switch (rule.kind) {
    case "exact":
    case "alias":
    case "pattern":
    case "template":
      return rule.template;
    case "raw":
      return rule.value.replace(/[{}]/g, "/");
    case "edge":
    case "schedule":
      return rule.template ?? rule.kind;
    default:
      return "x";
  }
}

function isKnown(name: string): boolean {
  const key = valueKey(name);
  if (!tagTemplateNames.includes(key)) return false;
  if (key === name) return true;
  if (key === "sha") return /^sha:(?:[4-9]|[1-5]\d|6[0-4])$/.test(name);
  return (key === "date" || key === "commit-date") && /^[^:]+:[A-Za-z0-9._-]+$/.test(name);
}
