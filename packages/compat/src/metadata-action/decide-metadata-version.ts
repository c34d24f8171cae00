import { evaluateMetadataRule } from "./evaluate-metadata-rule.ts";
import type { MetadataDiagnosticCode } from "./metadata-diagnostic.ts";
import { metadataError } from "./metadata-error.ts";
import { renderExpressions } from "./metadata-expressions.ts";
import type { MetadataFlavor } from "./parse-metadata-flavor.ts";
import type { MetadataTagRule } from "./parse-metadata-tag.ts";
import type { MetadataContext } from "./read-metadata-context.ts";

/** The version that all images get. */
export interface MetadataVersion {
  /** What the first rule gave that gave anything. */
  readonly main: string | undefined;
  /** What the others gave, without repetition. */
  readonly partial: readonly string[];
  /** Whether `latest` is added: decided by the rule that gave `main`. */
  readonly latest: boolean;
}

/** Why a rule gave what it gave. */
export interface MetadataDecision {
  readonly rule: MetadataTagRule;
  /** `silent`: it does not apply, does not understand the version, or gave nothing. */
  readonly outcome: "emitted" | "duplicate" | "silent" | "disabled";
  /** With prefix and suffix, before characters were replaced. */
  readonly value?: string;
  readonly tag?: string;
  /** Its own answer to `latest=auto`. */
  readonly latest: boolean;
  /** What the action warns about, in its words. */
  readonly warnings: readonly string[];
  readonly codes: readonly MetadataDiagnosticCode[];
}

/** {@link MetadataVersion} and how it came to be, rule by rule. */
export interface DecidedVersion {
  readonly version: MetadataVersion;
  readonly decisions: readonly MetadataDecision[];
}

/**
 * Runs the rules in their order.
 *
 * @throws BayplanError `INVALID_INPUT` as the first rule that is enabled, applies and is refused.
 */
export function decideMetadataVersion(
  rules: readonly MetadataTagRule[],
  flavor: MetadataFlavor,
  context: MetadataContext,
): DecidedVersion {
  const decisions: MetadataDecision[] = [];
  const tags: string[] = [];
  let latest: boolean | undefined;
  for (const rule of rules) {
    const decision = decide(rule, flavor, context);
    const isNew = decision.tag !== undefined && !tags.includes(decision.tag);
    decisions.push(decision.outcome === "emitted" && !isNew ? { ...decision, outcome: "duplicate" } : decision);
    if (decision.tag === undefined) continue;
    if (isNew) tags.push(decision.tag);
    latest ??= flavor.latest === "auto" ? decision.latest : flavor.latest === "true";
  }
  const [main, ...partial] = tags;
  return { version: { main, partial, latest: latest ?? false }, decisions };
}

function decide(rule: MetadataTagRule, flavor: MetadataFlavor, context: MetadataContext): MetadataDecision {
  if (!isEnabled(rule, context)) return { rule, outcome: "disabled", latest: false, warnings: [], codes: [] };
  const { text, latest, warnings, codes } = evaluateMetadataRule(rule, context);
  if (text === undefined) return { rule, outcome: "silent", latest, warnings, codes };
  const prefix = renderExpressions(rule.attrs["prefix"] ?? flavor.prefix, context);
  const suffix = renderExpressions(rule.attrs["suffix"] ?? flavor.suffix, context);
  const value = `${prefix.text}${text}${suffix.text}`;
  const isEscaped = prefix.escaped || suffix.escaped;
  const all: readonly MetadataDiagnosticCode[] = isEscaped ? [...codes, "html-escaped"] : codes;
  if (value === "") return { rule, outcome: "silent", latest, warnings, codes: all };
  return { rule, outcome: "emitted", value, tag: sanitizeTag(value), latest, warnings, codes: all };
}

function isEnabled(rule: MetadataTagRule, context: MetadataContext): boolean {
  const { text } = renderExpressions(rule.attrs["enable"] ?? "true", context);
  if (text === "true" || text === "false") return text === "true";
  const place = { path: "tags", found: rule.attrs["enable"] ?? "", expected: "true or false, in lower case" };
  throw metadataError(`Invalid value for enable attribute: ${text}`, place);
}

/** Every run of characters that a tag may not have becomes one `-`. Nothing else is repaired. */
export function sanitizeTag(value: string): string {
  return value.replace(/[^a-zA-Z0-9._-]+/g, "-");
}
