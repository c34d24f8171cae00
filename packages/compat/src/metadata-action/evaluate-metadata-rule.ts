import semver from "semver";
import { boundedMatch } from "./bounded-match.ts";
import { createDateExpression } from "./date-expression.ts";
import type { MetadataDiagnosticCode } from "./metadata-diagnostic.ts";
import { metadataError } from "./metadata-error.ts";
import { refName, renderExpressions, renderPattern, shortSha } from "./metadata-expressions.ts";
import type { MetadataTagRule } from "./parse-metadata-tag.ts";
import { cleanPep440, parseStrictPep440 } from "./pep440-clean.ts";
import type { MetadataContext } from "./read-metadata-context.ts";
import { isRawStatement } from "./template/parse-template.ts";
import type { RenderedTemplate } from "./template/render-template.ts";

/** What one enabled rule gives, before prefix and suffix. */
export interface RuleValue {
  /** Missing where the rule does not apply or does not understand the version. */
  readonly text?: string;
  /** What `latest=auto` means for it. */
  readonly latest: boolean;
  readonly warnings: readonly string[];
  readonly codes: readonly MetadataDiagnosticCode[];
}

const notApplicable: RuleValue = { latest: false, warnings: [], codes: [] };

/**
 * Evaluates a rule without its `enable`, prefix and suffix.
 *
 * @throws BayplanError `INVALID_INPUT` for expressions, patterns and regular expressions that the action refuses.
 */
export function evaluateMetadataRule(rule: MetadataTagRule, context: MetadataContext): RuleValue {
  switch (rule.type) {
    case "schedule":
      return evaluateSchedule(rule, context);
    case "semver":
    case "pep440":
      return evaluateVersion(rule, context);
    case "match":
      return evaluateMatch(rule, context);
    case "edge":
      return evaluateEdge(rule, context);
    case "ref":
      return evaluateRef(rule, context);
    case "raw":
      return rendered(renderExpressions(attribute(rule, "value"), context), { latest: false });
    case "sha":
      return evaluateSha(rule, context);
  }
}

function evaluateSchedule(rule: MetadataTagRule, context: MetadataContext): RuleValue {
  if (!context.eventName.includes("schedule")) return notApplicable;
  const date = createDateExpression(context.now);
  const names = { date, commit_date: createDateExpression(context.commitDate) };
  return rendered(renderPattern(attribute(rule, "pattern"), names), { latest: false });
}

function evaluateVersion(rule: MetadataTagRule, context: MetadataContext): RuleValue {
  const source = sourceOf(rule, context);
  if (source === undefined) return notApplicable;
  const { text, warnings } = narrow(source.text, attribute(rule, "match"));
  const version = text.replaceAll("/", "-");
  const codes = [...codesOf(source)];
  if (warnings.length > 0) codes.push("match-ignored");
  const value = rule.type === "semver" ? semverValue(version, rule) : pep440Value(version, rule);
  if (typeof value === "string") return { latest: false, warnings: [...warnings, value], codes: codesOf(source) };
  return { ...value, warnings, codes: [...codes, ...value.codes] };
}

/** The part that `match` captures; all of it, with a warning, where it does not match. */
function narrow(text: string, match: string): { readonly text: string; readonly warnings: readonly string[] } {
  if (match === "") return { text, warnings: [] };
  const found = boundedMatch(text, match);
  if (found === null) return { text, warnings: [`${match} does not match ${text}.`] };
  const [, captured] = found;
  if (captured !== undefined) return { text: captured, warnings: [] };
  const expected = "a group in parentheses that takes part in the match";
  // The action breaks down here; these are its words then.
  const words = "Cannot read properties of undefined (reading 'replace')";
  throw metadataError(words, { path: "tags", found: match, expected });
}

/** The value, or the warning why there is none. */
function semverValue(version: string, rule: MetadataTagRule): RuleValue | string {
  if (!semver.valid(version)) return `${version} is not a valid semver. More info: https://semver.org/`;
  const parsed = semver.parse(version, { loose: true });
  // The names of a pattern are the fields of this object, whatever it has.
  const names = (parsed ?? {}) as Readonly<Record<string, unknown>>;
  const pattern = attribute(rule, "pattern");
  if (semver.prerelease(version) === null) return rendered(renderPattern(pattern, names), { latest: true });
  const isRaw = isRawStatement(pattern);
  return rendered(renderPattern(isRaw ? pattern : "{{version}}", names), {
    latest: false,
    codes: !isRaw && hasLiteral(pattern) ? ["prerelease-literal-lost"] : [],
  });
}

function pep440Value(version: string, rule: MetadataTagRule): RuleValue | string {
  const parsed = parseStrictPep440(version);
  if (parsed === undefined) {
    return `${version} does not conform to PEP 440. More info: https://www.python.org/dev/peps/pep-0440`;
  }
  const pattern = attribute(rule, "pattern");
  const clean = cleanPep440(parsed);
  if (parsed.pre === undefined && parsed.post === undefined && parsed.dev === undefined) {
    const part = (index: number) => () => Number(parsed.release[index] ?? 0n);
    const names = { raw: () => version, version: () => clean, major: part(0), minor: part(1), patch: part(2) };
    return rendered(renderPattern(pattern, names), { latest: true });
  }
  const isRaw = isRawStatement(pattern);
  const codes: readonly MetadataDiagnosticCode[] = !isRaw && hasLiteral(pattern) ? ["prerelease-literal-lost"] : [];
  return { text: isRaw ? version : clean, latest: false, warnings: [], codes };
}

/** Whether letters or digits stand outside the braces: separators like the point of `1.2` are not missed. */
function hasLiteral(pattern: string): boolean {
  return /[a-z0-9]/i.test(pattern.replace(/\{\{[^}]*\}?\}\}/g, ""));
}

function evaluateMatch(rule: MetadataTagRule, context: MetadataContext): RuleValue {
  const source = sourceOf(rule, context);
  if (source === undefined) return notApplicable;
  const pattern = attribute(rule, "pattern");
  const [, expression = pattern, flags = ""] = /^\/(.+)\/(.*)$/.exec(pattern) ?? [];
  const found = boundedMatch(source.text, expression, { flags });
  const codes = codesOf(source);
  if (found === null) return { latest: false, warnings: [`${pattern} does not match ${source.text}.`], codes };
  const group = attribute(rule, "group");
  // With the flag g these are all matches, and the group counts them.
  const text = /^(0|[1-9]\d*)$/.test(group) ? found[Number(group)] : undefined;
  if (text !== undefined) return { text, latest: true, warnings: [], codes };
  return { latest: false, warnings: [`Group ${group} does not exist for ${pattern} pattern.`], codes };
}

function evaluateEdge(rule: MetadataTagRule, context: MetadataContext): RuleValue {
  const branch = refName(context.ref, "refs/heads/");
  const wanted = attribute(rule, "branch") || context.repository.default_branch;
  return branch === undefined || branch !== wanted ? notApplicable : { ...notApplicable, text: "edge" };
}

function evaluateRef(rule: MetadataTagRule, { ref }: MetadataContext): RuleValue {
  const event = attribute(rule, "event");
  if (event === "pr") {
    const pull = refName(ref, "refs/pull/");
    if (pull === undefined) return notApplicable;
    return {
      ...notApplicable,
      text: pull.replace(/\/merge$/, ""),
      codes: pull.endsWith("/head") ? ["pull-head-ref"] : [],
    };
  }
  const name = refName(ref, event === "tag" ? "refs/tags/" : "refs/heads/");
  return name === undefined ? notApplicable : { ...notApplicable, text: name, latest: event === "tag" };
}

function evaluateSha(rule: MetadataTagRule, context: MetadataContext): RuleValue {
  if (context.sha === "") return notApplicable;
  const text = attribute(rule, "format") === "short" ? shortSha(context) : context.sha;
  return { ...notApplicable, text, codes: text === "" ? ["empty-sha"] : [] };
}

/** What a version is read from: `value`, else the name of the Git tag. */
function sourceOf(rule: MetadataTagRule, context: MetadataContext): RenderedTemplate | undefined {
  const value = attribute(rule, "value");
  if (value !== "") return renderExpressions(value, context);
  const tag = refName(context.ref, "refs/tags/");
  return tag === undefined ? undefined : { text: tag, escaped: false };
}

function rendered(
  template: RenderedTemplate,
  { latest, codes = [] }: { readonly latest: boolean; readonly codes?: readonly MetadataDiagnosticCode[] },
): RuleValue {
  return { text: template.text, latest, warnings: [], codes: [...codesOf(template), ...codes] };
}

function codesOf(template: RenderedTemplate): readonly MetadataDiagnosticCode[] {
  return template.escaped ? ["html-escaped"] : [];
}

function attribute(rule: MetadataTagRule, name: string): string {
  return rule.attrs[name] ?? "";
}
