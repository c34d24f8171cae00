import { z } from "zod";
import type { RetentionPolicy } from "../retention/retention-policy.ts";
import { Scheme, schemeKeys, versionGates } from "../version/scheme-schema.ts";
import type {
  BaseConfig,
  CompanionConfig,
  FamilyConfig,
  ImageConfig,
  ImageDefaults,
  ReleaseConfig,
  TestConfig,
  VersionConfig,
  VersionMatrix,
} from "./family-config.ts";
import { Tags, tagKeys } from "./tag-schema.ts";

const Name = z
  .string()
  .regex(/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/, "a name of lower-case letters and digits, separated by . _ or -");
const Text = z.string().min(1, "a text that is not empty").max(1000, "at most 1000 characters");
const Texts = z.record(Name.or(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, "an input name")), z.string().max(10_000));
const Publish = z.enum(["staged", "direct"]);
const Adopt = z.enum(["trust", "verify", "rebuild"]);
const Drift = z.enum(["ignore", "watch"]);
const Key = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, "a name of letters, digits, _ or -");
const Platforms = z.array(Text).min(1, "at least one platform").max(100, "at most 100 platforms");
const VersionText = z
  .string()
  // No white space, no quotes, nothing a shell or a reference would read.
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+_-]{0,199}$/, "a version: letters, digits, . + _ or -");
// An argument is one line of many: a line break in it would be another argument.
const Arguments = z.record(
  Key,
  z
    .string()
    .max(10_000)
    .regex(/^[^\r\n]*$/, "a text of one line"),
);
const Release = z.strictObject({
  group: Name,
  onFailure: z.enum(["independent", "fail-fast", "gate"]).exactOptional(),
}) satisfies z.ZodType<ReleaseConfig>;
const AnyRelease = Name.or(Release);
const Workflow = z.string().regex(/^[^/\\\s]+\.ya?ml$/, "the file name of a workflow, for example build.yml");
const GitRepository = z.string().regex(/^[\w.-]+\/[\w.-]+$/, "owner/name");
const Seconds = z.number().positive().max(604_800);
const Test = z.strictObject({
  workflow: Workflow,
  gitRepository: GitRepository.exactOptional(),
  inputs: Texts.exactOptional(),
  timeoutSeconds: Seconds.exactOptional(),
}) satisfies z.ZodType<TestConfig>;
const AnyTest = Workflow.or(Test);
const Copies = z.array(Text).max(100, "at most 100 repositories");
const BaseObject = z.strictObject({
  from: Text,
  stage: z.enum(["final", "build"]).exactOptional(),
  platforms: Platforms.exactOptional(),
}) satisfies z.ZodType<BaseConfig>;
const Base = Text.or(BaseObject);
const Line = z.string().regex(/^\d+(?:\.\d+)*$/, "leading numbers of a version, for example 3.14");
const Variant = z.string().regex(/^[A-Za-z0-9._-]*$/, "letters, digits, . _ or -");
const companionShape = {
  source: Text,
  scheme: Scheme,
  ...versionGates,
  line: Line.exactOptional(),
  prereleases: z.boolean().exactOptional(),
  minimumAgeDays: z.number().min(0).max(3650).exactOptional(),
  version: VersionText.exactOptional(),
};
const Companion = z.strictObject(companionShape) satisfies z.ZodType<CompanionConfig>;
const anyOf = (one: z.ZodString) => one.or(z.array(one).min(1)).exactOptional();
const Pattern = z.strictObject({ line: anyOf(Line), variant: anyOf(Variant), platform: anyOf(Text) });
const Matrix = z.strictObject({
  line: z.array(Line).min(1).max(1000).exactOptional(),
  variant: z.array(Variant).min(1).max(1000).exactOptional(),
  platform: Platforms.exactOptional(),
  exclude: z.array(Pattern).max(1000).exactOptional(),
  include: z
    .array(z.record(Key, z.string().max(1000)))
    .max(1000)
    .exactOptional(),
  derive: z.record(Key, z.string().max(1000)).exactOptional(),
}) satisfies z.ZodType<VersionMatrix>;
const Version = z.strictObject({
  ...companionShape,
  variant: Variant.exactOptional(),
  matrix: Matrix.exactOptional(),
  images: z.array(Name).min(1).exactOptional(),
  platforms: Platforms.exactOptional(),
  values: z.record(Key, z.string().max(1000)).exactOptional(),
}) satisfies z.ZodType<VersionConfig>;
const Defaults = z.strictObject({
  workflow: Workflow.exactOptional(),
  gitRepository: GitRepository.exactOptional(),
  base: z.union([Base, z.array(Base)]).exactOptional(),
  inputs: Texts.exactOptional(),
}) satisfies z.ZodType<ImageDefaults>;
const Image = z.strictObject({
  ...Defaults.shape,
  repository: Text.exactOptional(),
  tags: Tags.exactOptional(),
  platforms: Platforms.exactOptional(),
  publish: Publish.exactOptional(),
  adopt: Adopt.exactOptional(),
  drift: Drift.exactOptional(),
  rebuilds: z.enum(["keep", "replace"]).exactOptional(),
  release: AnyRelease.exactOptional(),
  test: AnyTest.or(z.literal(false)).exactOptional(),
  copies: Copies.exactOptional(),
  args: Arguments.exactOptional(),
}) satisfies z.ZodType<ImageConfig>;

/** The document of a family, as a user may write it. Unknown keys are errors. */
export const FamilyDocument = z.strictObject({
  $schema: z.string().max(1000).exactOptional(),
  name: Name.exactOptional(),
  repository: Text,
  version: z.union([Version, z.array(Version).min(1).max(1000)]),
  companions: z.record(Name, VersionText.or(Companion)).exactOptional(),
  defaults: Defaults.exactOptional(),
  images: z.record(Name, Image).refine((images) => Object.keys(images).length > 0, "at least one image"),
  tags: Tags,
  platforms: Platforms.exactOptional(),
  publish: Publish.exactOptional(),
  adopt: Adopt.exactOptional(),
  drift: Drift.exactOptional(),
  rebuilds: z.enum(["keep", "replace"]).exactOptional(),
  release: AnyRelease.exactOptional(),
  test: AnyTest.exactOptional(),
  copies: Copies.exactOptional(),
  args: Arguments.exactOptional(),
  // Checked by its own reader, which says more.
  retention: z.custom<RetentionPolicy>(() => true).exactOptional(),
  deniedMeans: z.enum(["unknown", "absent"]).exactOptional(),
  ref: Text.exactOptional(),
  buildTimeoutSeconds: Seconds.exactOptional(),
  planValidMinutes: z.number().positive().max(10_080).exactOptional(),
  maxAgeDays: z.number().positive().max(36_500).exactOptional(),
}) satisfies z.ZodType<FamilyConfig>;

/** The keys that may stand at each level of the document, to suggest the one that was meant. */
export const documentKeys: Readonly<Record<string, readonly string[]>> = {
  "": [...Object.keys(FamilyDocument.shape), "extends"],
  version: Object.keys(Version.shape),
  matrix: Object.keys(Matrix.shape),
  exclude: Object.keys(Pattern.shape),
  companions: Object.keys(Companion.shape),
  images: Object.keys(Image.shape),
  defaults: Object.keys(Defaults.shape),
  base: Object.keys(BaseObject.shape),
  release: Object.keys(Release.shape),
  test: Object.keys(Test.shape),
  scheme: schemeKeys,
  tags: tagKeys,
};
