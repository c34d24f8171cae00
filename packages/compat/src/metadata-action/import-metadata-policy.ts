import type { TagCondition, TagRule } from "@bayplan/core";
import { type MetadataFlavor, parseMetadataFlavor } from "./parse-metadata-flavor.ts";
import { parseMetadataImages } from "./parse-metadata-images.ts";
import type { MetadataActionInputs } from "./parse-metadata-inputs.ts";
import { type MetadataTagRule, parseMetadataTags } from "./parse-metadata-tag.ts";
import { translatePattern, translateTemplate } from "./translate-template.ts";

/**
 * What an import could not say, or had to assume.
 *
 * - `not-expressible`: the rule is left out, or for `flavor` the tag `latest`; `detail` names the part.
 * - `order-assumed`: the action moves the tag to whatever is built; the imported rule guards it.
 * - `two-schemes`: rules read versions as semver and as PEP 440; a policy has one scheme.
 */
export interface MetadataImportWarning {
  readonly code: "not-expressible" | "order-assumed" | "two-schemes";
  /** The rule, or `flavor`. */
  readonly rule: string;
  readonly detail: string;
}

/** Inputs of docker/metadata-action as rules of Bayplan. */
export interface ImportedMetadataPolicy {
  /** In the order of their priority. */
  readonly rules: readonly TagRule[];
  /** How versions are read; default `semver`. */
  readonly scheme: "semver" | "pep440";
  /** Enabled images, in lower case. */
  readonly repositories: readonly string[];
  readonly warnings: readonly MetadataImportWarning[];
}

interface Import {
  readonly scheme: "semver" | "pep440";
  readonly flavor: MetadataFlavor;
  warn(rule: string, detail: string, code?: MetadataImportWarning["code"]): void;
}

/**
 * Rules of Bayplan that mean the same, but for what is unsafe: `latest`, `1` and `1.2` follow the highest published
 * version and never a pre-release, raw tags move only forward in Git, and nothing is escaped for HTML. A rule that
 * cannot be said is left out, with a warning.
 *
 * @throws BayplanError `INVALID_INPUT` for inputs that the action refuses when it reads them.
 */
export function importMetadataPolicy(inputs: MetadataActionInputs): ImportedMetadataPolicy {
  const rules = parseMetadataTags(inputs.tags ?? []).filter(({ attrs }) => attrs["enable"] !== "false");
  const warnings: MetadataImportWarning[] = [];
  const schemes = rules.map(({ type }) => type).filter((type) => type === "semver" || type === "pep440");
  const { scheme = "semver" } = { scheme: schemes[0] };
  const context: Import = {
    scheme,
    flavor: parseMetadataFlavor(inputs.flavor ?? []),
    warn: (rule, detail, code = "not-expressible") => warnings.push({ code, rule, detail }),
  };
  if (schemes.some((other) => other !== scheme)) {
    context.warn("tags", `only the rules of type ${scheme} were imported`, "two-schemes");
  }
  const imported = rules.map((rule) => ({ rule, as: importRule(rule, context) }));
  const images = parseMetadataImages(inputs.images ?? []).filter(({ enable }) => enable);
  return {
    rules: [...imported.flatMap(({ as }) => as), ...importLatest(imported, context)],
    scheme,
    repositories: [...new Set(images.map(({ name }) => name.toLowerCase()))],
    warnings,
  };
}

function importRule(rule: MetadataTagRule, context: Import): readonly TagRule[] {
  const when = conditionOf(rule, context);
  const affixes = affixesOf(rule, context);
  if (when === undefined || affixes === undefined) return [];
  const bodies = bodiesOf(rule, context) ?? [];
  return bodies.map((body): TagRule => {
    const all = { ...when, ...body.when };
    return { ...body, ...affixes, ...(Object.keys(all).length === 0 ? {} : { when: all }) };
  });
}

/** The rule without its affixes; `undefined` where it is left out. */
function bodiesOf(rule: MetadataTagRule, context: Import): readonly (TagRule & { when?: TagCondition })[] | undefined {
  const { attrs } = rule;
  const { value = "", pattern = "" } = attrs;
  const name = nameOf(rule);
  switch (rule.type) {
    case "semver":
    case "pep440":
      return versionRules(rule, context);
    case "match":
      if (value !== "") return refuse(context, name, "value=: give the version to Bayplan instead");
      if (/^\/.+\/.*$/.test(pattern)) return refuse(context, name, "flags of a pattern");
      context.warn(name, "the tag follows the highest version", "order-assumed");
      return [{ kind: "match", pattern, group: Number(attrs["group"]), on: "tag", order: "version" }];
    case "edge":
      return [{ kind: "edge", ...(attrs["branch"] === "" ? {} : { branch: attrs["branch"] ?? "" }) }];
    case "ref":
      return [{ kind: attrs["event"] === "branch" ? "branch" : attrs["event"] === "tag" ? "tag" : "pr" }];
    case "sha":
      return [{ kind: "sha", format: attrs["format"] === "long" ? "long" : "short" }];
    case "schedule": {
      const template = translateTemplate(pattern);
      return template === undefined ? refuse(context, name, `pattern=${pattern}`) : [{ kind: "schedule", template }];
    }
    case "raw": {
      const template = translateTemplate(value);
      if (template === undefined) return refuse(context, name, `value=${value}`);
      if (template.includes("{sha")) return [{ kind: "template", template, mutability: "immutable" }];
      context.warn(name, "the tag moves only forward in Git", "order-assumed");
      return [{ kind: "template", template, order: "ancestry" }];
    }
  }
}

function versionRules(rule: MetadataTagRule, context: Import): readonly TagRule[] | undefined {
  const { value = "", match = "", pattern = "" } = rule.attrs;
  const name = nameOf(rule);
  if (rule.type !== context.scheme) return undefined;
  if (value !== "") return refuse(context, name, "value=: give the version to Bayplan instead");
  if (match !== "") return refuse(context, name, "match=: say package.gitTagPrefix in the policy");
  const parts = { raw: "{version}", version: "{release}", major: "{major}", minor: "{minor}", patch: "{patch}" };
  const template = translatePattern(pattern, parts);
  if (template === undefined) return refuse(context, name, `pattern=${pattern}`);
  const isWhole = /\{(?:version|release|patch)\}/.test(template);
  if (!isWhole) return [{ kind: "alias", template }];
  if (template.includes("{version}")) return [{ kind: "exact", template }];
  const stable: TagRule = { kind: "exact", template, when: { prerelease: false } };
  if (rule.type === "semver") {
    // The action writes the whole version for a pre-release, whatever the pattern says.
    return [stable, { kind: "exact", template: "{release}-{prerelease}", when: { prerelease: true } }];
  }
  context.warn(name, "pre-releases of PEP 440 get no tag by this pattern; {{raw}} gives one");
  return [stable];
}

interface ImportedRule {
  readonly rule: MetadataTagRule;
  readonly as: readonly TagRule[];
}

/** `latest`, guarded by what made the action give it. */
function importLatest(imported: readonly ImportedRule[], context: Import): readonly TagRule[] {
  const { latest, prefix, prefixLatest, suffix, suffixLatest } = context.flavor;
  const name = `${prefixLatest ? prefix : ""}latest${suffixLatest ? suffix : ""}`;
  const givers = latest === "true" ? imported : givesLatest(imported);
  const conditions = givers
    .filter(({ as }) => as.length > 0)
    .map(({ rule }): [string, TagCondition] => {
      const condition = { ...refKindOf(rule), ...enabledBy(rule) };
      return [JSON.stringify(condition), condition];
    });
  const when = [...new Map(conditions).values()];
  if (latest === "false" || when.length === 0) return [];
  if (/[^A-Za-z0-9._-]/.test(name)) {
    context.warn("flavor", `${name} is no plain text`);
    return [];
  }
  // One rule without a condition is always there, and `latest` with it.
  const condition = when.some((one) => Object.keys(one).length === 0) ? {} : { when };
  if (latest === "true") {
    context.warn("flavor", "latest=true: the tag moves only forward in Git", "order-assumed");
    return [{ kind: "raw", value: name, order: "ancestry", ...condition }];
  }
  context.warn("flavor", "latest=auto: the tag follows the highest version", "order-assumed");
  return [{ kind: "alias", template: name, ...condition }];
}

/** The rules that give `latest` by themselves, unless one that always applies comes before them and decides. */
function givesLatest(imported: readonly ImportedRule[]): readonly ImportedRule[] {
  const [first, ...others] = imported.filter(({ rule }) => isGiver(rule) || rule.type === "raw" || rule.type === "sha");
  if (first === undefined || !isGiver(first.rule)) return [];
  return [first, ...others.filter(({ rule }) => isGiver(rule))];
}

function isGiver({ type, attrs }: MetadataTagRule): boolean {
  return type === "semver" || type === "pep440" || type === "match" || (type === "ref" && attrs["event"] === "tag");
}

/** For what refs or events a rule gives anything at all. */
function refKindOf(rule: MetadataTagRule): TagCondition {
  const { type, attrs } = rule;
  if (isGiver(rule)) return { refKind: "tag" };
  if (type === "schedule") return { events: ["schedule"] };
  if (type === "edge" || attrs["event"] === "branch") return { refKind: "branch" };
  return attrs["event"] === "pr" ? { refKind: "pull" } : {};
}

function conditionOf(rule: MetadataTagRule, context: Import): TagCondition | undefined {
  const condition = enabledBy(rule);
  if (condition === undefined) context.warn(nameOf(rule), `enable=${rule.attrs["enable"]}`);
  return condition;
}

function enabledBy(rule: MetadataTagRule): TagCondition | undefined {
  switch (rule.attrs["enable"]) {
    case "true":
      return {};
    case "{{is_default_branch}}":
      return { defaultBranch: true };
    case "{{is_not_default_branch}}":
      return { defaultBranch: false };
    default:
      return undefined;
  }
}

/** Prefix and suffix, where they are not what the rule has anyway. */
function affixesOf(rule: MetadataTagRule, context: Import): { prefix?: string; suffix?: string } | undefined {
  const prefix = translateTemplate(rule.attrs["prefix"] ?? context.flavor.prefix);
  const suffix = translateTemplate(rule.attrs["suffix"] ?? context.flavor.suffix);
  if (prefix === undefined || suffix === undefined) {
    context.warn(nameOf(rule), "an expression in its prefix or suffix");
    return undefined;
  }
  const usual = rule.type === "sha" ? "sha-" : rule.attrs["event"] === "pr" ? "pr-" : "";
  return { ...(prefix === usual ? {} : { prefix }), ...(suffix === "" ? {} : { suffix }) };
}

function refuse(context: Import, rule: string, detail: string): undefined {
  context.warn(rule, detail);
  return undefined;
}

function nameOf({ type, attrs }: MetadataTagRule): string {
  const own = attrs["pattern"] ?? attrs["value"] ?? attrs["event"] ?? "";
  return own === "" ? type : `${type} ${own}`;
}
