import { BayplanError } from "../errors.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import type { Reason } from "../reason.ts";
import { templateNames } from "./render-template.ts";
import { readRef, type TagEvent } from "./tag-event.ts";
import { ruleText, type TagLine, type TagOrder, type TagRule } from "./tag-rule.ts";
import { valueKey } from "./tag-values.ts";

/** A rule without its short cuts: what is written, and how the tag may move. */
export interface RuleShape {
  /** `literal`: braces mean nothing in it. */
  readonly body: { readonly kind: "template" | "literal"; readonly text: string };
  readonly prefix: string;
  readonly mutability: "immutable" | "moving";
  /** Only of moving tags. */
  readonly order?: TagOrder;
  readonly line: TagLine;
  /** Whether a text that had to be changed gets a hash. */
  readonly isUnique: boolean;
  /** Text from a Git ref that no name in braces stands for: what `match` found. */
  readonly found?: { readonly text: string; readonly in: "tag" | "branch" | "ref" | "version" };
}

/** The shape of a rule for this event, or why it does not apply. */
export type RuleShapeResult =
  | { readonly shape: RuleShape; readonly reason?: undefined }
  | { readonly reason: Reason; readonly shape?: undefined };

const wholeVersion = [["version"], ["release"], ["major", "minor", "patch"]] as const;

/** Whether the template names one release and not a line of them. */
export function namesWholeVersion(template: string): boolean {
  const names = templateNames(template);
  return wholeVersion.some((needed) => needed.every((name) => names.includes(name)));
}

/** Whether the rule gives the tag that one release is found by. */
export function isExactRule(rule: TagRule): boolean {
  return rule.kind === "exact" || (rule.kind === "pattern" && namesWholeVersion(rule.template));
}

/**
 * What a rule comes down to for this event and version.
 *
 * @throws BayplanError `INVALID_INPUT` for a length of a commit's name or a group that cannot be.
 */
export function ruleShape(
  rule: Exclude<TagRule, { readonly kind: "custom" }>,
  event: TagEvent | undefined,
  raw: string | undefined,
): RuleShapeResult {
  switch (rule.kind) {
    case "exact":
      return immutable(rule, rule.template);
    case "alias":
      return moving(rule, rule.template, "version");
    case "pattern":
      return namesWholeVersion(rule.template) ? immutable(rule, rule.template) : moving(rule, rule.template, "version");
    case "sha":
      return immutable(rule, shaTemplate(rule), "sha-");
    case "branch":
      return moving(rule, "{branch}", rule.order ?? "ancestry");
    case "tag":
      return immutable(rule, "{tag}");
    case "pr":
      return moving(rule, "{pr}", rule.order ?? "any", "pr-");
    case "edge":
      return edge(rule, event);
    case "schedule":
      if (event?.name !== "schedule") return notMet("events", "schedule", event?.name);
      return moving(rule, rule.template ?? "nightly", rule.order ?? "ancestry");
    case "template":
      return declared(rule, { kind: "template", text: rule.template });
    case "raw":
      return declared(rule, { kind: "literal", text: rule.value });
    case "match":
      return match(rule, event, raw);
  }
}

function immutable(rule: TagRule, template: string, prefix = ""): RuleShapeResult {
  return {
    shape: {
      body: { kind: "template", text: template },
      prefix: rule.prefix ?? prefix,
      mutability: "immutable",
      line: {},
      isUnique: false,
    },
  };
}

function moving(rule: TagRule, template: string, order: TagOrder, prefix = ""): RuleShapeResult {
  return {
    shape: {
      body: { kind: "template", text: template },
      prefix: rule.prefix ?? prefix,
      mutability: "moving",
      order,
      line: lineOf(rule),
      isUnique: rule.kind === "branch" && rule.unique === true,
    },
  };
}

function declared(
  rule: Extract<TagRule, { readonly kind: "raw" | "template" | "match" }>,
  body: RuleShape["body"],
): { readonly shape: RuleShape } {
  const common = { body, prefix: rule.prefix ?? "", line: lineOf(rule), isUnique: false };
  if (rule.mutability === "immutable") return { shape: { ...common, mutability: "immutable" } };
  return { shape: { ...common, mutability: "moving", order: rule.order } };
}

/** The part of a rule that says which versions it follows. */
export function lineOf(rule: TagRule): TagLine {
  if (!("line" in rule || "range" in rule || "versions" in rule)) return {};
  const { line, range, versions } = rule;
  return {
    ...(line === undefined ? {} : { line }),
    ...(range === undefined ? {} : { range }),
    ...(versions === undefined ? {} : { versions }),
  };
}

function shaTemplate(rule: Extract<TagRule, { readonly kind: "sha" }>): string {
  if (rule.format === "long") return "{sha}";
  const { length = 7 } = rule;
  if (Number.isInteger(length) && length >= 4 && length <= 64) return `{sha:${length}}`;
  throw new BayplanError("INVALID_INPUT", `A sha tag has 4 to 64 digits of the commit, not ${length}.`);
}

function edge(rule: Extract<TagRule, { readonly kind: "edge" }>, event: TagEvent | undefined): RuleShapeResult {
  const wanted = rule.branch ?? event?.defaultBranch;
  const ref = event?.ref === undefined ? undefined : readRef(event.ref);
  if (wanted === undefined) return { reason: { code: "value-missing", name: "defaultBranch" } };
  if (ref?.kind !== "branch" || ref.name !== wanted) return notMet("branches", wanted, ref?.name);
  return moving(rule, rule.template ?? "edge", "ancestry");
}

function match(
  rule: Extract<TagRule, { readonly kind: "match" }>,
  event: TagEvent | undefined,
  raw: string | undefined,
): RuleShapeResult {
  const { on = "tag" } = rule;
  const text = on === "version" ? raw : refText(on, event);
  if (text === undefined) return { reason: { code: "value-missing", name: on } };
  const pattern = compilePattern(rule.pattern, { label: `pattern of the tag rule "${ruleText(rule)}"` });
  const found = pattern.exec(text);
  // A pattern that does not match is another package's tag: nothing is made of it.
  if (found === undefined) return { reason: { code: "no-match", pattern: rule.pattern, text } };
  const { group = found.captures.length > 1 ? 1 : 0 } = rule;
  const isThere = typeof group === "number" ? group in found.captures : Object.hasOwn(found.groups, group);
  if (!isThere)
    throw new BayplanError("INVALID_INPUT", `The tag rule "${ruleText(rule)}" has no group ${JSON.stringify(group)}.`);
  const value = typeof group === "number" ? found.captures[group] : found.groups[group];
  if (value === undefined || value === "") return { reason: { code: "no-match", pattern: rule.pattern, text } };
  const { shape } = declared(rule, { kind: "literal", text: value });
  return { shape: { ...shape, found: { text: value, in: on } } };
}

function refText(on: "tag" | "branch" | "ref", event: TagEvent | undefined): string | undefined {
  if (event?.ref === undefined) return undefined;
  const ref = readRef(event.ref);
  return on === "ref" || ref.kind === on ? ref.name : undefined;
}

function notMet(condition: string, wanted: string, found: string | undefined): RuleShapeResult {
  return { reason: { code: "condition-not-met", condition, wanted, ...(found === undefined ? {} : { found }) } };
}

/** The names of Git refs in the template that anybody who may push a branch chooses. */
export function refNames(template: string): readonly string[] {
  const free = ["ref", "branch", "tag", "head-ref", "base-ref"];
  return templateNames(template).filter((name) => free.includes(valueKey(name)));
}
