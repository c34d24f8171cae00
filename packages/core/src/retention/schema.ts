import { z } from "zod";
import { isBayplanError } from "../errors.ts";
import { isDigest } from "../oci/digest.ts";
import { isTag } from "../oci/tag.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { Scheme } from "../version/scheme-schema.ts";
import type { VersionScheme } from "../version/version-scheme.ts";
import { durationMs } from "./duration.ts";
import { pinnedDigest } from "./read-pins.ts";
import type { CustomRetentionRule, Pin, RetentionPolicy, RetentionRule, TagSelector } from "./retention-policy.ts";

const Text = z.string().min(1, "a text that is not empty").max(1000, "at most 1000 characters");
const Tag = z.string().refine(isTag, "a legal tag; a pattern is written { pattern: ... }");
const Duration = z.string().refine((text) => durationMs(text) !== undefined, "a duration such as 36h, 7d or 4w");
const Count = z.int("a whole number").min(0, "0 or more");
const AtLeastOne = z.int("a whole number").min(1, "1 or more");
const Regex = Text.superRefine((source, context) => {
  try {
    compilePattern(source);
  } catch (error) {
    context.addIssue({ code: "custom", message: isBayplanError(error) ? error.message : "a pattern of RE2" });
  }
});
const Branches = z.array(Text).max(100_000, "at most 100000 branches");

const Selector = z.union(
  [
    Tag,
    z.strictObject({ pattern: Regex }),
    z.strictObject({
      versions: z.enum(["stable", "prerelease", "any"]),
      line: z
        .string()
        .regex(/^\d{1,9}(\.\d{1,9}){0,7}$/, "numbers with dots, such as 1.11")
        .exactOptional(),
      range: Text.exactOptional(),
    }),
    z.strictObject({ branches: Branches.min(1, "at least one branch").or(z.literal("live")) }),
    z.strictObject({ any: z.literal(true) }),
  ],
  "a tag, or one of { pattern }, { versions }, { branches }, { any: true }",
) satisfies z.ZodType<TagSelector>;
const Selectors = z.union([Selector, z.array(Selector).min(1, "at least one").max(1000, "at most 1000")]);
const Stream = z.union([
  z.enum(["line", "major", "variant", "branch"]),
  z.strictObject({ group: z.int().min(0).or(Text) }),
]);

const named = { name: Text.exactOptional() };
const matching = { match: Selectors, except: Selectors.exactOptional() };
const mayMatch = { match: Selectors.exactOptional(), except: Selectors.exactOptional() };
const counting = {
  per: Stream.or(z.array(Stream).min(1).max(5)).exactOptional(),
  by: z.enum(["pushed", "version"]).exactOptional(),
};
const limits = { olderThan: Duration.exactOptional(), keepLast: Count.exactOptional() };

const Rule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("keep-last"), count: AtLeastOne, ...matching, ...counting, ...named }),
  z.strictObject({ kind: z.literal("keep-newer"), than: Duration, ...mayMatch, ...named }),
  z.strictObject({ kind: z.literal("keep-pulled"), within: Duration, ...mayMatch, ...named }),
  z.strictObject({ kind: z.literal("keep-live-branches"), ...named }),
  z.strictObject({
    kind: z.literal("expire"),
    when: z.enum(["both", "either"]).exactOptional(),
    ...limits,
    ...matching,
    ...counting,
    ...named,
  }),
  z.strictObject({ kind: z.literal("expire-unmatched"), ...limits, ...named }),
  z.strictObject({ kind: z.literal("expire-label"), label: Text.exactOptional(), ...mayMatch, ...named }),
  z.strictObject({ kind: z.literal("expire-deleted-branch"), ...named }),
  z.strictObject({ kind: z.literal("expire-untagged"), ...limits, ...named }),
  z.strictObject({ kind: z.literal("expire-orphans"), olderThan: Duration.exactOptional(), ...named }),
  z.strictObject({
    kind: z.literal("custom"),
    name: Text,
    judge: z.custom<CustomRetentionRule>((value) => typeof value === "function", "a function"),
  }),
]) satisfies z.ZodType<RetentionRule>;

const PinDigest = z.custom<Extract<Pin, { readonly digest: unknown }>["digest"]>(
  (value) => typeof value === "string" && isDigest(value),
  "a digest, sha256: and 64 hexadecimal digits",
);
const AnyPin = z.union(
  [
    z.string().refine((text) => pinnedDigest(text) !== undefined || isTag(text), "a digest or a tag"),
    z.strictObject({ digest: PinDigest, by: Text.exactOptional() }),
    z.strictObject({ tag: Tag, by: Text.exactOptional() }),
    z.custom<Extract<Pin, (...given: never) => unknown>>((value) => typeof value === "function"),
  ],
  "a digest, a tag, { digest, by }, { tag, by } or a function",
) satisfies z.ZodType<Pin>;

const SchemeObject = z.custom<VersionScheme>(
  (value) => typeof value === "object" && value !== null && "parse" in value && "compare" in value,
);
const AnyScheme = Scheme.or(SchemeObject).superRefine((scheme, context) => {
  try {
    createVersionScheme(scheme);
  } catch (error) {
    context.addIssue({ code: "custom", message: isBayplanError(error) ? error.message : "a version scheme" });
  }
});

/** A retention policy as a document, with the functions it may have. Unknown keys are errors. */
export const PolicyDocument = z.strictObject({
  scheme: AnyScheme.exactOptional(),
  protect: z.array(Selector).max(1000, "at most 1000").exactOptional(),
  rules: z.array(Rule).max(1000, "at most 1000 rules").exactOptional(),
  branchTags: z
    .array(Text.refine((text) => text.includes("{branch}"), "a text with {branch} in it"))
    .min(1, "at least one")
    .exactOptional(),
  untag: z.enum(["all", "unprotected", "none"]).exactOptional(),
  guards: z
    .strictObject({
      delay: Duration.exactOptional(),
      maxDeletions: z
        .strictObject({ count: Count.exactOptional(), percent: z.number().min(0).max(100).exactOptional() })
        .exactOptional(),
      neverEmpty: z.boolean().exactOptional(),
      keepTagged: Count.exactOptional(),
    })
    .exactOptional(),
  pins: z.array(AnyPin).exactOptional(),
  liveBranches: Branches.exactOptional(),
  event: z.strictObject({ type: z.literal("delete"), refType: z.enum(["branch", "tag"]), ref: Text }).exactOptional(),
}) satisfies z.ZodType<RetentionPolicy>;
