import type { TagLine, TagMobility, TagRule, TagRuleOptions } from "../tags/tag-rule.ts";

type Declared = TagMobility & TagLine & TagRuleOptions;
type ByAncestry = { readonly order?: "ancestry" | "any" } & TagRuleOptions;

/**
 * How a tag rule may be written: a text is an exact tag, an object with the kind as its key a rule of that kind, and the
 * whole rule is one too. `{ alias: "latest" }` is `{ kind: "alias", template: "latest" }`; all options of the rule may
 * stand beside it.
 */
export type TagConfig =
  | string
  | Exclude<TagRule, { readonly kind: "custom" }>
  | ({ readonly exact: string } & TagRuleOptions)
  | ({ readonly alias: string } & TagLine & TagRuleOptions)
  | ({ readonly pattern: string } & TagLine & TagRuleOptions)
  | ({ readonly raw: string } & Declared)
  | ({ readonly template: string } & Declared)
  | ({
      readonly match: string;
      readonly group?: number | string;
      readonly on?: "tag" | "branch" | "ref" | "version";
    } & Declared)
  | ({ readonly sha: "short" | "long" | number } & TagRuleOptions)
  | ({ readonly branch: true; readonly unique?: boolean } & ByAncestry)
  | ({ readonly tag: true } & TagRuleOptions)
  | ({ readonly pr: true } & ByAncestry)
  | ({ readonly edge: true | string; readonly branch?: string } & TagRuleOptions)
  | ({ readonly schedule: true | string } & ByAncestry);
