import { z } from "zod";
import type { TagCondition } from "../tags/tag-condition.ts";
import type { TagRule } from "../tags/tag-rule.ts";
import type { TagConfig } from "./tag-config.ts";

const Text = z.string().min(1, "a text that is not empty").max(1000, "at most 1000 characters");
const Names = z.array(Text).min(1, "at least one name").max(1000, "at most 1000 names");
const Condition = z.strictObject({
  events: Names.exactOptional(),
  refKind: z.enum(["branch", "tag", "pull"]).exactOptional(),
  branches: Names.exactOptional(),
  tags: Names.exactOptional(),
  defaultBranch: z.boolean().exactOptional(),
  fork: z.boolean().exactOptional(),
  prerelease: z.boolean().exactOptional(),
  inputs: z.record(z.string(), z.string().or(z.boolean())).exactOptional(),
}) satisfies z.ZodType<TagCondition>;

const options = {
  name: Text.exactOptional(),
  prefix: z.string().max(1000, "at most 1000 characters").exactOptional(),
  suffix: z.string().max(1000, "at most 1000 characters").exactOptional(),
  images: Names.exactOptional(),
  variants: Names.exactOptional(),
  when: Condition.or(z.array(Condition).min(1, "at least one condition")).exactOptional(),
};
const line = {
  line: Text.exactOptional(),
  range: Text.exactOptional(),
  versions: z.enum(["stable", "prerelease", "any"]).exactOptional(),
};
const immutable = { mutability: z.literal("immutable") };
const moving = { mutability: z.literal("moving").exactOptional(), order: z.enum(["version", "ancestry", "any"]) };
const byAncestry = { order: z.enum(["ancestry", "any"]).exactOptional() };
const matched = {
  group: z.union([z.int().min(0), Text]).exactOptional(),
  on: z.enum(["tag", "branch", "ref", "version"]).exactOptional(),
};
const length = z.int().min(4, "4 to 64 digits").max(64, "4 to 64 digits");

/** One strict object for each form: what may stand beside which key is the type's business, a wrong key is an error. */
const both = <Shape extends z.ZodRawShape>(shape: Shape) =>
  [
    z.strictObject({ ...shape, ...immutable, ...line, ...options }),
    z.strictObject({ ...shape, ...moving, ...line, ...options }),
  ] as const;

const Rule = z.union([
  z.strictObject({ kind: z.literal("exact"), template: Text, ...options }),
  z.strictObject({ kind: z.literal("alias"), template: Text, ...line, ...options }),
  z.strictObject({ kind: z.literal("pattern"), template: Text, ...line, ...options }),
  z.strictObject({
    kind: z.literal("sha"),
    format: z.enum(["short", "long"]).exactOptional(),
    length: length.exactOptional(),
    ...options,
  }),
  z.strictObject({ kind: z.literal("branch"), unique: z.boolean().exactOptional(), ...byAncestry, ...options }),
  z.strictObject({ kind: z.literal("tag"), ...options }),
  z.strictObject({ kind: z.literal("pr"), ...byAncestry, ...options }),
  z.strictObject({
    kind: z.literal("edge"),
    template: Text.exactOptional(),
    branch: Text.exactOptional(),
    ...options,
  }),
  z.strictObject({ kind: z.literal("schedule"), template: Text.exactOptional(), ...byAncestry, ...options }),
  ...both({ kind: z.literal("raw"), value: Text }),
  ...both({ kind: z.literal("template"), template: Text }),
  ...both({ kind: z.literal("match"), pattern: Text, ...matched }),
]) satisfies z.ZodType<TagRule>;

/** A tag rule as it may be written. */
export const Tag = z.union([
  Text,
  z.strictObject({ exact: Text, ...options }),
  z.strictObject({ alias: Text, ...line, ...options }),
  z.strictObject({ pattern: Text, ...line, ...options }),
  ...both({ raw: Text }),
  ...both({ template: Text }),
  ...both({ match: Text, ...matched }),
  z.strictObject({ sha: z.union([z.enum(["short", "long"]), length]), ...options }),
  z.strictObject({ branch: z.literal(true), unique: z.boolean().exactOptional(), ...byAncestry, ...options }),
  z.strictObject({ tag: z.literal(true), ...options }),
  z.strictObject({ pr: z.literal(true), ...byAncestry, ...options }),
  z.strictObject({ edge: z.literal(true).or(Text), branch: Text.exactOptional(), ...options }),
  z.strictObject({ schedule: z.literal(true).or(Text), ...byAncestry, ...options }),
  Rule,
]) satisfies z.ZodType<TagConfig>;

/** A list of them. */
export const Tags = z.array(Tag).min(1, "at least one tag rule").max(1000, "at most 1000 tag rules");

/** The keys that may stand in a tag rule, to suggest the one that was meant. */
export const tagKeys: readonly string[] = [
  ...["exact", "alias", "pattern", "raw", "template", "match", "sha", "branch", "tag", "pr", "edge", "schedule"],
  ...["kind", "value", "name", "prefix", "suffix", "images", "variants", "when", "order", "mutability"],
  ...["line", "range", "versions", "group", "on", "format", "length", "unique"],
];
