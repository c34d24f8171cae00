import type { Reason } from "../reason.ts";
import type { Version } from "../version/version-scheme.ts";
import { type Judgement, withheld } from "./judgement.ts";
import { lineText } from "./line-text.ts";
import { templateNames } from "./render-template.ts";
import type { ClaimedTag } from "./tag-claim.ts";
import type { TagContext, TagPolicy } from "./tag-policy.ts";
import type { TagSubject } from "./tag-values.ts";

/** What claims are judged by. */
export interface JudgeInput {
  readonly policy: TagPolicy;
  readonly context: TagContext;
  readonly subject: TagSubject;
  /** Versions that are published as the same variant; asked for only where an order needs them. */
  readonly published: () => readonly Version[];
}

/** Whether a tag that follows versions may move: only to the highest of its line, in a complete listing. */
export function judgeVersion(claim: ClaimedTag, input: JudgeInput): Judgement {
  const { tag, shape } = claim;
  const { policy, context, subject } = input;
  const { version } = subject;
  const { scheme } = policy;
  const other = followsVersion(claim, input);
  if (other !== undefined || version === undefined) return withheld(other ?? notUnderstood(input), { isVeto: false });
  const { range } = shape.line;
  if (context.known.state === "unknown") {
    const reason = { code: "listing-incomplete", repository: context.repository, error: context.known.error } as const;
    return withheld(reason, { isUnknown: true });
  }
  const own = lineText(claim, version, input);
  const line = input
    .published()
    .filter(
      (other) =>
        other.variant === version.variant &&
        productOf(other) === productOf(version) &&
        (other.release.length > 1 || version.release.length < 2) &&
        isWanted(claim, other, policy) &&
        (range === undefined || scheme.satisfies(other, range)) &&
        lineText(claim, other, input) === own,
    );
  const highest = line.reduce((best, other) => (scheme.compare(other, best) > 0 ? other : best), version);
  const name = shape.line.line === undefined ? tag : (own ?? tag);
  if (scheme.compare(highest, version) > 0)
    return withheld({ code: "not-highest", highest: highest.raw, line: name, tag });
  return { state: "allowed", reason: { code: "highest-in-line", line: name, published: line.length, tag } };
}

/** Why the tag does not follow this version at all; `undefined` when it does. */
export function followsVersion(claim: ClaimedTag, input: Pick<JudgeInput, "policy" | "subject">): Reason | undefined {
  const { policy, subject } = input;
  const { version, raw = "" } = subject;
  const { tag, shape } = claim;
  const isRanked = policy.scheme.isOrdered !== false;
  if (version === undefined || !isRanked || isTooShort(claim, version)) return notUnderstood(input);
  const isStable = policy.scheme.isStable(version);
  if (!isWanted(claim, version, policy)) return { code: isStable ? "not-prerelease" : "prerelease", tag, version: raw };
  const { range } = shape.line;
  const isInside = range === undefined || policy.scheme.satisfies(version, range);
  return isInside ? undefined : { code: "outside-range", tag, version: raw, range };
}

function notUnderstood({ policy, subject }: Pick<JudgeInput, "policy" | "subject">): Reason {
  return { code: "version-not-understood", version: subject.raw ?? "", scheme: policy.scheme.name };
}

/** `v` is only a way of writing; another prefix names another thing. */
function productOf({ prefix = "" }: Version): string {
  return /^v?$/i.test(prefix) ? "" : prefix;
}

/** A version of two parts is no release of its own line: `3.14` is the line 3.14, not one of it. */
function isTooShort({ shape }: ClaimedTag, version: Version): boolean {
  const names = shape.body.kind === "literal" ? [] : templateNames(shape.body.text);
  const depth = names.includes("patch") ? 3 : names.includes("minor") ? 2 : names.includes("major") ? 1 : 0;
  return version.release.length < 3 && depth >= version.release.length;
}

function isWanted({ shape }: ClaimedTag, version: Version, policy: TagPolicy): boolean {
  const names = shape.body.kind === "literal" ? [] : templateNames(shape.body.text);
  const isOfPrereleases = names.includes("channel") || names.includes("prerelease");
  const { versions = isOfPrereleases ? "prerelease" : "stable" } = shape.line;
  return versions === "any" || policy.scheme.isStable(version) === (versions === "stable");
}
