import type { TagCondition } from "./tag-condition.ts";

/**
 * What decides whether a moving tag may go to a new image.
 *
 * - `version`: only to the highest version of its line, in a complete listing.
 * - `ancestry`: only if the commit that is there now is an ancestor of the new one.
 * - `any`: to whatever was built last. Nothing guards it.
 */
export type TagOrder = "version" | "ancestry" | "any";

/** What every rule may say beside its kind. */
export interface TagRuleOptions {
  /** What a trigger table calls the rule. Default: it has no name and is always meant. */
  readonly name?: string;
  /** Text before the tag, may use names in braces. Default: none, `sha-` for `sha`, `pr-` for `pr`. */
  readonly prefix?: string;
  /** Text behind the tag, before the suffix of the variant; may use names in braces. Default none. */
  readonly suffix?: string;
  /** Names of the images the rule is for. Default: all. */
  readonly images?: readonly string[];
  /** Names of the policy's variants the rule is for. Default: all. */
  readonly variants?: readonly string[];
  /** When the rule applies: all that one condition says, or one of several. Default: always. */
  readonly when?: TagCondition | readonly TagCondition[];
}

/** How a rule that is not about versions declares itself: written once, or moving, by an order. */
export type TagMobility =
  | { readonly mutability: "immutable" }
  | {
      readonly mutability?: "moving";
      readonly order: TagOrder;
    };

/** Which versions a moving tag follows. */
export interface TagLine {
  /** Versions with the same text are one line, for example `{major}`. Default: the tag itself. */
  readonly line?: string;
  /** Only versions in this range, in the notation of the scheme, for example `22.x` for `lts`. Default: all. */
  readonly range?: string;
  /** Default `stable`; `prerelease` where the template names `{channel}` or `{prerelease}`. */
  readonly versions?: "stable" | "prerelease" | "any";
}

/**
 * One tag an image carries, as data. {@link tagTemplateNames} may stand in braces.
 *
 * - `exact`: immutable, names one release. The main one of an image is the first.
 * - `alias`: moving, names the newest release of its line, which is every version that renders to the same tag.
 * - `pattern`: one of the two: an exact tag where the template names the whole version, otherwise an alias.
 * - `sha`: immutable, the commit, its first 7 digits unless `length` says otherwise.
 * - `branch`, `tag`, `pr`: the name of the Git ref, made legal; a branch by ancestry, a Git tag immutable, a pull
 *   request by no order, since it may be rewritten.
 * - `edge`: the head of the default branch (or of `branch`), by ancestry. `schedule`: scheduled runs, by ancestry.
 * - `raw`: a literal text. `template`: any names. `match`: what an RE2 pattern finds in the ref. All three declare
 *   themselves immutable or moving.
 * - `custom`: what a function of the policy said.
 */
export type TagRule = TagRuleOptions &
  (
    | { readonly kind: "exact"; readonly template: string }
    | ({ readonly kind: "alias"; readonly template: string } & TagLine)
    | ({ readonly kind: "pattern"; readonly template: string } & TagLine)
    | { readonly kind: "sha"; readonly format?: "short" | "long"; readonly length?: number }
    | { readonly kind: "branch"; readonly order?: "ancestry" | "any"; readonly unique?: boolean }
    | { readonly kind: "tag" }
    | { readonly kind: "pr"; readonly order?: "ancestry" | "any" }
    | { readonly kind: "edge"; readonly template?: string; readonly branch?: string }
    | { readonly kind: "schedule"; readonly template?: string; readonly order?: "ancestry" | "any" }
    | ({ readonly kind: "raw"; readonly value: string } & TagMobility & TagLine)
    | ({ readonly kind: "template"; readonly template: string } & TagMobility & TagLine)
    | ({
        readonly kind: "match";
        /** RE2, looked for anywhere in the text unless anchored by itself. */
        readonly pattern: string;
        /** Default 1, or 0 (the whole match) when the pattern has no group. */
        readonly group?: number | string;
        /** Where it looks. Default `tag`. */
        readonly on?: "tag" | "branch" | "ref" | "version";
      } & TagMobility &
        TagLine)
    | { readonly kind: "custom"; readonly name: string }
  );

/** The names of a version that may stand in braces in a tag template. */
export const versionTemplateNames = [
  ...["version", "release", "major", "minor", "patch", "prerelease", "channel", "variant"],
] as const;

/** The names of an event and its image that may stand in braces; `date` and `commit-date` take a format. */
export const eventTemplateNames = [
  ...["ref", "branch", "tag", "sha", "pr", "head-ref", "base-ref", "run", "date", "commit-date", "image", "package"],
] as const;

/** The names that may stand in braces in a tag template. */
export const tagTemplateNames: readonly string[] = [...versionTemplateNames, ...eventTemplateNames];

/** A rule as people point at it: its template, or its kind and what it looks at. */
export function ruleText(rule: TagRule): string {
  switch (rule.kind) {
    case "exact":
    case "alias":
    case "pattern":
    case "template":
      return rule.template;
    case "raw":
      return rule.value;
    case "match":
      return `match ${rule.pattern}`;
    case "custom":
      return `custom ${rule.name}`;
    case "sha":
    case "branch":
    case "tag":
    case "pr":
    case "edge":
    case "schedule":
      return rule.kind;
  }
}
