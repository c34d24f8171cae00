import { z } from "zod";
import type { CompanionConfig, FamilyConfig, ImageConfig, VersionConfig } from "./family-config.ts";
import { Scheme, versionGates } from "./scheme-schema.ts";
import { Tags, tagKeys } from "./tag-schema.ts";

const Name = z
  .string()
  .regex(/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/, "a name of lower-case letters and digits, separated by . _ or -");
const Text = z.string().min(1, "a text that is not empty").max(1000, "at most 1000 characters");
const Texts = z.record(Name.or(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, "an input name")), z.string().max(10_000));
const Publish = z.enum(["staged", "direct"]);
const Line = z.string().regex(/^\d+(?:\.\d+)*$/, "leading numbers of a version, for example 3.14");
const Variant = z.string().regex(/^[A-Za-z0-9._-]*$/, "letters, digits, . _ or -");
const companionShape = {
  source: Text,
  scheme: Scheme,
  ...versionGates,
  line: Line.exactOptional(),
  prereleases: z.boolean().exactOptional(),
  minimumAgeDays: z.number().min(0).max(3650).exactOptional(),
};
const Companion = z.strictObject(companionShape) satisfies z.ZodType<CompanionConfig>;
const Version = z.strictObject({
  ...companionShape,
  variant: Variant.exactOptional(),
  matrix: z
    .strictObject({
      line: z.array(Line).min(1).exactOptional(),
      variant: z.array(Variant).min(1).exactOptional(),
      exclude: z
        .array(z.strictObject({ line: Line.exactOptional(), variant: Variant.exactOptional() }))
        .exactOptional(),
    })
    .exactOptional(),
  images: z.array(Name).min(1).exactOptional(),
}) satisfies z.ZodType<VersionConfig>;
const Image = z.strictObject({
  workflow: z.string().regex(/^[^/\\\s]+\.ya?ml$/, "the file name of a workflow, for example build.yml"),
  gitRepository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, "owner/name")
    .exactOptional(),
  base: Text.or(z.array(Text)).exactOptional(),
  inputs: Texts.exactOptional(),
  repository: Text.exactOptional(),
  tags: Tags.exactOptional(),
  platforms: z.array(Text).min(1).exactOptional(),
  publish: Publish.exactOptional(),
}) satisfies z.ZodType<ImageConfig>;

/** The document of a family, as a user may write it. Unknown keys are errors. */
export const FamilyDocument = z.strictObject({
  name: Name.exactOptional(),
  repository: Text,
  version: z.union([Version, z.array(Version).min(1)]),
  companions: z.record(Name, Companion).exactOptional(),
  images: z.record(Name, Image).refine((images) => Object.keys(images).length > 0, "at least one image"),
  tags: Tags,
  platforms: z.array(Text).min(1, "at least one platform").exactOptional(),
  publish: Publish.exactOptional(),
  deniedMeans: z.enum(["unknown", "absent"]).exactOptional(),
  ref: Text.exactOptional(),
  buildTimeoutSeconds: z.number().positive().max(604_800).exactOptional(),
  planValidMinutes: z.number().positive().max(10_080).exactOptional(),
}) satisfies z.ZodType<FamilyConfig>;

/** The keys that may stand at each level of the document, to suggest the one that was meant. */
export const documentKeys: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(FamilyDocument.shape),
  version: Object.keys(Version.shape),
  companions: Object.keys(Companion.shape),
  images: Object.keys(Image.shape),
  tags: tagKeys,
};
