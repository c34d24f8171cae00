import {
  type Pin,
  type Problem,
  parseDuration,
  parseRetentionPolicy,
  type RetentionPolicy,
  type RetentionRule,
} from "@bayplan/core";
import { ecrWildcards, mayShareTag } from "./ecr-wildcards.ts";
import { refuseInputs } from "./read-inputs.ts";

/** What ours deletes, and the exported policy leaves or deletes later. */
export type EcrLeftover =
  /** What an expired index contains, until a rule takes it for itself, or for ever. */
  | "parts"
  /** Signatures and the like that are attached by a tag, `sha256-<hex>`. */
  | "signature-tags"
  /** Images that several rules are about: the longest time counts, whichever rule comes first. */
  | "shorter-times"
  /** Attached manifests whose subject is gone. */
  | "orphans";

/** One rule of an exported lifecycle policy. */
export interface EcrLifecycleRule {
  readonly rulePriority: number;
  readonly description: string;
  readonly selection: {
    readonly tagStatus: "tagged" | "untagged";
    readonly tagPatternList?: readonly [string];
    readonly countType: "imageCountMoreThan" | "sinceImagePushed";
    readonly countUnit?: "days";
    readonly countNumber: number;
  };
  readonly action: { readonly type: "expire" };
}

/** An exported policy. */
export interface EcrLifecycleExport {
  /** The document, for `PutLifecyclePolicy` as JSON. */
  readonly document: { readonly rules: readonly EcrLifecycleRule[] };
  /** Where the repository has none of these, both delete the same images. */
  readonly leaves: readonly EcrLeftover[];
}

/** What the caller knows of the repository. */
export interface EcrExportOptions {
  /**
   * Whether the tags of one image always fit the same selectors. ECR decides images by one of their tags, ours by all of
   * them: without this, every tag must be some rule's, and no rule can count. Default false.
   */
  readonly tagsAgree?: boolean;
}

interface Line {
  readonly description: string;
  /** Absent for images without a tag. */
  readonly wildcard?: string;
  readonly limit: Pick<EcrLifecycleRule["selection"], "countType" | "countUnit" | "countNumber">;
}

interface Draft {
  readonly name: string;
  readonly path: string;
  readonly wildcards: readonly string[];
  readonly isRest?: true;
  readonly days?: number;
  readonly count?: number;
}

const day = 24 * 3600 * 1000;
const what = "export to an ECR lifecycle policy";
const signatures = "sha256-*";
// A rule that never expires anything shields its images from all that follow. No repository holds so many.
const never = { countType: "imageCountMoreThan", countNumber: 1_000_000 } as const;

/**
 * Writes a policy of ours as a lifecycle policy of Amazon ECR that never deletes an image which ours keeps. Expressible are
 * `protect` and pinned tags, `expire` and `expire-unmatched` by age in whole days or by count, `expire-untagged` by age and
 * `expire-orphans` beside it; patterns of letters and `.*`. One thing is ECR's own: what is attached to an expired image by
 * its subject goes with it, even with a tag that is protected.
 *
 * @throws BayplanError `INVALID_INPUT` with everything that a lifecycle policy cannot say, `INVALID_DEFINITION` for a policy
 *   that is none.
 */
export function toEcrLifecyclePolicy(policy: RetentionPolicy, options: EcrExportOptions = {}): EcrLifecycleExport {
  const { protect = [], pins = [], rules = [], guards, event } = parseRetentionPolicy(policy);
  const problems: Problem[] = [];
  const refuse = (path: string, found: string, expected: string) =>
    problems.push({ path, found, expected: `expected ${expected}` });
  if (guards !== undefined) refuse("guards", "guards", "none: ECR has no limits");
  if (event !== undefined) refuse("event", "an event", "none: a lifecycle policy runs by itself");
  const shields = [
    ...protect.flatMap((selector, index) => {
      const path = `protect[${index}]`;
      const wildcards = ecrWildcards(selector);
      if (wildcards === undefined) refuse(path, JSON.stringify(selector), expressible);
      return wildcards ?? [];
    }),
    ...pins.flatMap((pin, index) => {
      const tag = pinnedTag(pin);
      if (tag === undefined) refuse(`pins[${index}]`, "no tag", "a tag: ECR cannot be told to keep a digest");
      return tag ?? [];
    }),
  ];
  const drafts = rules.flatMap((rule, index) => draftOf(rule, `rules[${index}]`, refuse) ?? []);
  // Whatever its place, expire-unmatched comes after all others.
  const tagged = drafts
    .filter(({ wildcards }) => wildcards.length > 0)
    .toSorted((left, right) => Number(left.isRest === true) - Number(right.isRest === true));
  const untagged = drafts.find(({ wildcards }) => wildcards.length === 0);
  const orphans = rules.find((rule) => rule.kind === "expire-orphans");
  const orphanDays = orphans?.olderThan === undefined ? 0 : parseDuration(orphans.olderThan) / day;
  // ECR cannot tell images without a tag from what is attached to something that is gone.
  if (untagged === undefined && orphans !== undefined) refuse("rules", "expire-orphans", "expire-untagged beside it");
  if (untagged !== undefined && (orphans === undefined || orphanDays > (untagged.days ?? 0)))
    refuse(untagged.path, "expire-untagged", "expire-orphans beside it, and not for longer: ECR takes both alike");
  const agree = options.tagsAgree === true;
  if (agree) checkCounts(tagged, shields, refuse);
  else checkCoverage(tagged, refuse);
  // An image is its first rule's in ECR; ours needs all its tags to expire, which the longest time says.
  const ordered = agree ? tagged : tagged.toSorted((left, right) => (right.days ?? 0) - (left.days ?? 0));
  const rulesOfEcr = numbered([...new Set([signatures, ...shields])], [...ordered, ...(untagged ? [untagged] : [])]);
  if (rulesOfEcr.length > 50) refuse("rules", `${rulesOfEcr.length} rules in ECR`, "at most 50");
  for (const { selection } of rulesOfEcr) {
    const [pattern = ""] = selection.tagPatternList ?? [];
    if (pattern.split("*").length > 5) refuse("rules", pattern, "at most four times .* in a pattern");
  }
  if (problems.length > 0) throw refuseInputs(what, problems);
  const leaves: EcrLeftover[] = ["parts", "signature-tags"];
  if (ordered.some((draft, index) => draft !== tagged[index])) leaves.push("shorter-times");
  if (untagged !== undefined && orphanDays < (untagged.days ?? 0)) leaves.push("orphans");
  return { document: { rules: rulesOfEcr }, leaves };
}

type Refuse = (path: string, found: string, expected: string) => void;
const expressible = "a tag, { any: true }, or a pattern of letters and .*";

function pinnedTag(pin: Pin): string | undefined {
  if (typeof pin === "function") return undefined;
  if (typeof pin === "string") return pin.includes(":") ? undefined : pin;
  return "tag" in pin ? pin.tag : undefined;
}

/** What a rule wants of ECR; nothing where it wants nothing there, or cannot have it. */
function draftOf(rule: RetentionRule, path: string, refuse: Refuse): Draft | undefined {
  const name = rule.name ?? path;
  if (rule.kind === "expire-orphans") return undefined;
  if (rule.kind !== "expire" && rule.kind !== "expire-unmatched" && rule.kind !== "expire-untagged") {
    refuse(path, rule.kind, "expire, expire-unmatched, expire-untagged or expire-orphans");
    return undefined;
  }
  const limit = limitOf(rule, path, refuse);
  if (rule.kind === "expire-untagged") {
    if (rule.keepLast !== undefined) refuse(`${path}.keepLast`, String(rule.keepLast), "olderThan: ECR counts parts");
    return { name, path, wildcards: [], ...limit };
  }
  if (rule.kind === "expire-unmatched") return { name, path, wildcards: ["*"], isRest: true, ...limit };
  for (const key of ["except", "per", "by", "when"] as const) {
    const isDefault = key === "by" && rule.by === "pushed";
    if (rule[key] !== undefined && !isDefault) refuse(`${path}.${key}`, JSON.stringify(rule[key]), "none");
  }
  const wildcards = [rule.match].flat().flatMap((selector) => {
    const said = ecrWildcards(selector);
    if (said === undefined) refuse(`${path}.match`, JSON.stringify(selector), expressible);
    return said ?? [];
  });
  if (rule.keepLast !== undefined && wildcards.length > 1)
    refuse(`${path}.match`, `${wildcards.length} patterns`, "one pattern with keepLast: ECR counts each for itself");
  return wildcards.length === 0 ? undefined : { name, path, wildcards: [...new Set(wildcards)], ...limit };
}

function limitOf(
  { olderThan, keepLast }: { readonly olderThan?: string; readonly keepLast?: number },
  path: string,
  refuse: Refuse,
): { readonly days: number } | { readonly count: number } {
  if (olderThan !== undefined && keepLast !== undefined) refuse(path, "olderThan and keepLast", "one of them");
  if (olderThan === undefined) {
    if (keepLast === undefined || keepLast < 1)
      refuse(path, `keepLast ${keepLast}`, "olderThan, or keepLast of 1 or more");
    return { count: keepLast ?? 1 };
  }
  const days = parseDuration(olderThan) / day;
  if (days < 1 || !Number.isInteger(days)) refuse(`${path}.olderThan`, olderThan, "whole days, 1d or more");
  return { days };
}

/** Without the caller's word, an image may have a tag of no rule, which ECR would not see. */
function checkCoverage(tagged: readonly Draft[], refuse: Refuse): void {
  for (const { path, count } of tagged)
    if (count !== undefined) refuse(`${path}.keepLast`, String(count), "olderThan, or the option tagsAgree");
  if (tagged.length > 0 && !tagged.some(({ wildcards }) => wildcards.includes("*")))
    refuse("rules", "tags that no rule is about", "a rule for { any: true }, or the option tagsAgree");
}

/** ECR counts what another rule shields, signatures included: then too few of the others would stay. */
function checkCounts(tagged: readonly Draft[], shields: readonly string[], refuse: Refuse): void {
  for (const draft of tagged.filter(({ count }) => count !== undefined)) {
    const before = tagged.slice(0, tagged.indexOf(draft)).flatMap(({ wildcards }) => wildcards);
    const [own = ""] = draft.wildcards;
    const other = [signatures, ...shields, ...before].find((wildcard) => mayShareTag(wildcard, own));
    if (other !== undefined)
      refuse(`${draft.path}.match`, own, `a pattern that no tag of ${other} fits: ECR counts those as well`);
  }
}

function numbered(shields: readonly string[], drafts: readonly Draft[]): readonly EcrLifecycleRule[] {
  const seen = new Set<string>(shields);
  const kept = shields.map((wildcard): Line => ({ description: `keeps ${wildcard}`, wildcard, limit: never }));
  const expired = drafts.flatMap(({ name, wildcards, days, count }): readonly Line[] => {
    const limit =
      days === undefined
        ? { countType: "imageCountMoreThan" as const, countNumber: count ?? 1 }
        : { countType: "sinceImagePushed" as const, countUnit: "days" as const, countNumber: days };
    const description = name.slice(0, 256);
    if (wildcards.length === 0) return [{ description, limit }];
    // ECR refuses the same tags twice; the first rule has them.
    const own = wildcards.filter((wildcard) => !seen.has(wildcard));
    for (const wildcard of own) seen.add(wildcard);
    return own.map((wildcard) => ({ description, wildcard, limit }));
  });
  return [...kept, ...expired].map(({ description, wildcard, limit }, index) => ({
    rulePriority: index + 1,
    description,
    selection: {
      ...(wildcard === undefined
        ? { tagStatus: "untagged" as const }
        : { tagStatus: "tagged" as const, tagPatternList: [wildcard] as const }),
      ...limit,
    },
    action: { type: "expire" },
  }));
}
