import type { Reason, Reasons } from "../reason.ts";
import type { Version, VersionScheme } from "../version/version-scheme.ts";
import type { KnownTags } from "./known-tags.ts";
import { renderTag } from "./render-tag.ts";
import type { TagRule } from "./tag-rule.ts";
import { versionOfTag } from "./version-of-tag.ts";

/** The rules of an image and how its versions are read. */
export interface TagPolicy {
  readonly rules: readonly TagRule[];
  readonly scheme: VersionScheme;
}

/** For which version tags are wanted, and what is published already. */
export interface TagContext {
  /** Repository the tags go to, for reasons. */
  readonly repository: string;
  /** Raw text. A text the scheme does not understand still gets its exact tag, but moves nothing. */
  readonly version: string;
  readonly known: KnownTags;
}

/** A tag the version may carry. */
export interface AssignedTag {
  readonly tag: string;
  readonly rule: TagRule;
  readonly mutability: "immutable" | "moving";
  readonly reasons: Reasons;
}

/** A tag the rules name but the version may not carry now. */
export interface WithheldTag {
  /** Absent when the template could not be rendered. */
  readonly tag?: string;
  readonly rule: TagRule;
  readonly reasons: Reasons;
}

/** Every rule's decision, in the order of the rules. */
export interface TagAssignment {
  readonly tags: readonly AssignedTag[];
  readonly withheld: readonly WithheldTag[];
}

/**
 * Decides which tags a version carries. Exact tags always; an alias only when the version is final and the highest of
 * the alias's line in a complete listing. Two rules with one result give one tag, the first rule's.
 *
 * @throws BayplanError `INVALID_TAG` when a rule gives an illegal tag; the message names the rule.
 */
export function assignTags(policy: TagPolicy, context: TagContext): TagAssignment {
  const version = policy.scheme.parse(context.version);
  const tags: AssignedTag[] = [];
  const withheld: WithheldTag[] = [];
  for (const rule of policy.rules) {
    const tag = renderTag(rule, context.version, version);
    if (tag !== undefined && tags.some((earlier) => earlier.tag === tag)) continue;
    const judged = rule.kind === "exact" ? judgeExact(tag, context) : judgeAlias(rule, tag, version, policy, context);
    if (judged.isAllowed && tag !== undefined) {
      tags.push({ tag, rule, mutability: rule.kind === "exact" ? "immutable" : "moving", reasons: [judged.reason] });
    } else withheld.push({ ...(tag === undefined ? {} : { tag }), rule, reasons: [judged.reason] });
  }
  return { tags, withheld };
}

interface Judgement {
  readonly isAllowed: boolean;
  readonly reason: Reason;
}

function judgeExact(tag: string | undefined, context: TagContext): Judgement {
  const isAllowed = tag !== undefined;
  if (isAllowed) return { isAllowed, reason: { code: "exact-version", version: context.version } };
  return { isAllowed, reason: { code: "version-not-understood", version: context.version, scheme: "template" } };
}

function judgeAlias(
  rule: TagRule,
  tag: string | undefined,
  version: Version | undefined,
  policy: TagPolicy,
  context: TagContext,
): Judgement {
  const { scheme } = policy;
  if (version === undefined || tag === undefined || version.release.length < 3) {
    return withhold({ code: "version-not-understood", version: context.version, scheme: scheme.name });
  }
  if (!scheme.isStable(version)) return withhold({ code: "prerelease", tag, version: version.raw });
  if (context.known.state === "unknown") {
    return withhold({ code: "listing-incomplete", repository: context.repository, error: context.known.error });
  }
  const line = publishedInLine(rule, tag, version, policy, context.known.tags);
  const highest = line.reduce((best, other) => (scheme.compare(other, best) > 0 ? other : best), version);
  if (scheme.compare(highest, version) > 0) {
    return withhold({ code: "not-highest", tag, line: tag, highest: highest.raw });
  }
  return { isAllowed: true, reason: { code: "highest-in-line", tag, line: tag, published: line.length } };
}

function withhold(reason: Reason): Judgement {
  return { isAllowed: false, reason };
}

/** Published releases that compete for the alias: final, of the same variant, and rendering to the same alias. */
function publishedInLine(
  rule: TagRule,
  tag: string,
  version: Version,
  policy: TagPolicy,
  published: readonly string[],
): readonly Version[] {
  return published.flatMap((text) => {
    const other = versionOfTag(text, policy);
    const competes =
      other !== undefined &&
      other.variant === version.variant &&
      other.release.length === version.release.length &&
      policy.scheme.isStable(other) &&
      renderTag(rule, other.raw, other) === tag;
    return competes ? [other] : [];
  });
}
