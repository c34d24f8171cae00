import { isTag, whatIsWrongWithTag } from "../oci/tag.ts";
import type { Reason } from "../reason.ts";
import { renderTemplate, templateNames } from "./render-template.ts";
import { isReservedTag } from "./reserved-tag.ts";
import { type RuleShape, refNames } from "./rule-shape.ts";
import { sanitizeTag } from "./sanitize-tag.ts";
import { subjectValue } from "./subject-value.ts";
import { type ClaimInput, invalidClaim, type TagClaim } from "./tag-claim.ts";
import { readRef } from "./tag-event.ts";
import type { TagPolicy } from "./tag-policy.ts";
import { type TagRule, versionTemplateNames } from "./tag-rule.ts";
import { type TagSubject, valueKey } from "./tag-values.ts";

/** What a rule claims once its shape is known: a legal tag, or why there is none. */
export function shapedClaim(rule: TagRule, shape: RuleShape, input: ClaimInput): TagClaim {
  const { policy, subject, suffix } = input;
  const { tagPrefix = "" } = policy.package ?? {};
  const ends = { before: `${tagPrefix}${shape.prefix}`, after: `${rule.suffix ?? ""}` };
  const body = shape.body.kind === "literal" ? undefined : shape.body.text;
  const names = [ends.before, body ?? "", ends.after].flatMap(templateNames);
  const values = Object.fromEntries(names.map((name) => [name, subjectValue(name, policy, subject)]));
  const missing = names.find((name) => values[name] === undefined);
  if (missing !== undefined) return withoutValue(missing, { rule, suffix, subject, policy });
  const text = body === undefined ? shape.body.text : (renderTemplate(body, values) ?? "");
  const before = renderEnd(ends.before, values);
  const after = `${renderEnd(ends.after, values)}${suffix}`;
  const isFromRef = shape.found !== undefined || refNames(`${ends.before}${body ?? ""}${ends.after}`).length > 0;
  const template = body === undefined ? (shape.found === undefined ? text : "x") : body;
  const wrong = whatIsWrongWithLiterals(`${before}${template.replace(/\{[^{}]*\}/g, "x")}${after}`, ends);
  if (wrong !== undefined) return invalidClaim(rule, suffix, `${before}${text}${after}`, wrong);

  const room = 128 - before.length - after.length;
  const made = isFromRef ? sanitizeTag(text, { maxLength: room, unique: shape.isUnique }).tag : text;
  const tag = `${before}${made}${after}`;
  if (!isTag(tag)) return invalidClaim(rule, suffix, tag, whatIsWrongWithTag(tag));
  const original = isFromRef ? { original: text } : {};
  const hidden = hiddenPart(shape, names, policy, subject);
  if (hidden !== undefined) {
    const reason = { code: hidden, tag, version: subject.raw ?? "" };
    return { rule, suffix, ...original, state: "withheld", tag, reason };
  }
  const takenBy = reservedFor(rule, shape, tag, policy, subject);
  if (takenBy)
    return {
      rule,
      suffix,
      ...original,
      state: "withheld",
      tag,
      reason: { code: "reserved-name", tag, original: text },
    };
  const isLatest = tag.slice(tagPrefix.length) === `latest${suffix}`;
  if (isLatest && input.trigger?.latest === false) {
    const reason = { code: "condition-not-met", condition: "trigger", wanted: "latest" } as const;
    return { rule, suffix, state: "skipped", reason };
  }
  return {
    ...{ rule, suffix, ...original, state: "claimed", tag, shape, isRelease: isRelease(rule, shape, names) },
    reason: claimReason(rule, shape, subject, text),
  };
}

/**
 * What an immutable tag that shows only numbers leaves out of the version: it would be the name of another release, for
 * example of the one a pre-release is for.
 */
function hiddenPart(
  shape: RuleShape,
  names: readonly string[],
  policy: TagPolicy,
  { version }: TagSubject,
): "prerelease" | "numbers-only" | undefined {
  const keys = names.map(valueKey);
  const numbers = keys.filter((key) => ["release", "major", "minor", "patch"].includes(key));
  const isTold = keys.some((key) => ["version", "prerelease", "sha", "run", "date"].includes(key));
  if (version === undefined || shape.mutability === "moving" || numbers.length === 0 || isTold) return undefined;
  if (!policy.scheme.isStable(version)) return "prerelease";
  const isCut = !numbers.includes("release") && version.release.length > 3;
  return isCut || (version.post ?? []).some((part) => part !== "") ? "numbers-only" : undefined;
}

/** Names of refs are made legal where they stand in a prefix or suffix; in the body the whole is, so that it can be cut. */
function renderEnd(template: string, values: Readonly<Record<string, string | undefined>>): string {
  const free = refNames(template);
  const legal = Object.entries(values).map(([name, value]) => [
    name,
    value !== undefined && free.includes(name) ? sanitizeTag(value, { maxLength: 40 }).tag : value,
  ]);
  return renderTemplate(template, Object.fromEntries(legal)) ?? "";
}

function withoutValue(
  name: string,
  { rule, suffix, subject, policy }: Pick<ClaimInput, "suffix" | "subject" | "policy"> & { readonly rule: TagRule },
): TagClaim {
  const versionNames: readonly string[] = versionTemplateNames;
  const isOfVersion = versionNames.includes(valueKey(name));
  const isOptional = name === "prerelease" || name === "channel";
  if (!isOfVersion || subject.raw === undefined || (isOptional && subject.version !== undefined))
    return { rule, suffix, state: "skipped", reason: { code: "value-missing", name } };
  const reason = { code: "version-not-understood", version: subject.raw, scheme: policy.scheme.name } as const;
  return { rule, suffix, state: "withheld", reason };
}

function whatIsWrongWithLiterals(
  text: string,
  ends: { readonly before: string; readonly after: string },
): string | undefined {
  const literals = `${ends.before}${ends.after}`.replace(/\{[^{}]*\}/g, "");
  const bad = /[^A-Za-z0-9._-]/.exec(literals) ?? /[^A-Za-z0-9._-]/.exec(text);
  return bad === null ? undefined : whatIsWrongWithTag(bad[0]);
}

function reservedFor(rule: TagRule, shape: RuleShape, tag: string, policy: TagPolicy, subject: TagSubject): boolean {
  const { tagPrefix = "" } = policy.package ?? {};
  const name = tag.slice(tagPrefix.length);
  const whole = `${shape.prefix}${shape.body.kind === "template" ? shape.body.text : ""}${rule.suffix ?? ""}`;
  const used = refNames(whole).map(valueKey);
  const refKind = subject.event?.ref === undefined ? undefined : readRef(subject.event.ref).kind;
  const isTagRef = refKind === "tag";
  // What a pattern finds in a Git tag is what the rule is for; in a branch, anybody may have chosen it.
  if (shape.found !== undefined) {
    const isFree = shape.found.in === "branch" || (shape.found.in === "ref" && !isTagRef);
    return isFree && isReservedTag(name, policy, "branch");
  }
  if (used.length === 0) return false;
  const isOnlyTag = used.every((key) => key === "tag" || (key === "ref" && isTagRef));
  return isReservedTag(name, policy, isOnlyTag ? "tag" : "branch");
}

function isRelease(rule: TagRule, shape: RuleShape, names: readonly string[]): boolean {
  const versionNames: readonly string[] = [...versionTemplateNames, "tag"];
  return (
    rule.kind === "tag" || shape.order === "version" || names.some((name) => versionNames.includes(valueKey(name)))
  );
}

function claimReason(rule: TagRule, shape: RuleShape, { raw, event }: TagSubject, text: string): Reason {
  const isOfVersion = rule.kind === "exact" || rule.kind === "pattern" || rule.kind === "alias";
  if (isOfVersion && raw !== undefined) return { code: "exact-version", version: raw };
  if (shape.body.kind === "literal" && shape.found === undefined) return { code: "declared", rule: rule.kind };
  return { code: "from-event", rule: rule.kind, text, ...(event === undefined ? {} : { event: event.name }) };
}
