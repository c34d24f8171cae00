import { z } from "zod";
import { isBayplanError } from "../errors.ts";
import { type Instant, isInstant } from "../instant.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import { formatReference, formatRepository, parseReference, parseRepository } from "../oci/reference.ts";
import type { Completeness, VersionCandidate } from "../ports/version-source.ts";
import type { ImageFact, PlatformFact } from "./image-fact.ts";
import type { ReferenceFact, ReleaseState, SourceFact, TagsFact, Unknown } from "./release-state.ts";

const Text = z.string().max(10_000, "at most 10000 characters");
const DigestText = z.custom<Digest>((value) => typeof value === "string" && isDigest(value), "a digest");
const InstantText = z.custom<Instant>((value) => typeof value === "string" && isInstant(value), "a time");
const UnknownFact = z.strictObject({
  state: z.literal("unknown"),
  error: Text,
  message: Text,
}) satisfies z.ZodType<Unknown>;

/** A record whose keys are all in the one spelling that facts are looked up by. */
const recordOf = <Value extends z.ZodType>(value: Value, what: string, spelling: (key: string) => string) =>
  z.record(
    z.string().refine((key) => isSpelt(key, spelling), what),
    value,
  );

function isSpelt(key: string, spelling: (key: string) => string): boolean {
  try {
    return key.length <= 2000 && spelling(key) === key;
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return false;
  }
}

const Platforms = <Value extends z.ZodType>(value: Value) =>
  recordOf(value, "a platform", (key) => formatPlatform(parsePlatform(key)));
const References = <Value extends z.ZodType>(value: Value) =>
  recordOf(value, "a whole reference", (key) => formatReference(parseReference(key)));

const Candidate = z.strictObject({
  raw: Text,
  releasedAt: InstantText.exactOptional(),
  prerelease: z.boolean().exactOptional(),
  yanked: z.boolean().exactOptional(),
  deprecated: z.boolean().exactOptional(),
  endOfLife: z.boolean().exactOptional(),
  lts: z.boolean().exactOptional(),
  commit: Text.exactOptional(),
}) satisfies z.ZodType<VersionCandidate>;
const Whole = z.strictObject({
  truncated: z.boolean(),
  staleSince: InstantText.exactOptional(),
  failures: z.array(z.strictObject({ source: Text, error: Text, message: Text })).exactOptional(),
}) satisfies z.ZodType<Completeness>;
const Source = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("listed"), candidates: z.array(Candidate), completeness: Whole }),
  UnknownFact,
]) satisfies z.ZodType<SourceFact>;

const Reference = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.literal("present"),
    digest: DigestText,
    platforms: Platforms(DigestText).exactOptional(),
  }),
  z.strictObject({ state: z.literal("absent") }),
  z.strictObject({ state: z.literal("denied-or-absent") }),
  UnknownFact,
]) satisfies z.ZodType<ReferenceFact>;

const Tags = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("complete"), tags: z.array(z.string().min(1).max(1000)) }),
  z.strictObject({ state: z.literal("absent") }),
  UnknownFact,
]) satisfies z.ZodType<TagsFact>;

const Platform = z.strictObject({
  digest: DigestText,
  base: z.strictObject({ name: Text.exactOptional(), digest: Text.exactOptional() }),
  diffIds: z.array(Text),
  history: z.array(Text),
  created: InstantText.exactOptional(),
}) satisfies z.ZodType<PlatformFact>;
const Image = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("read"), platforms: Platforms(Platform) }),
  UnknownFact,
]) satisfies z.ZodType<ImageFact>;

/** A state as it stands in a file. Unknown keys are errors: a fact that is not understood must not be passed over. */
export const StateDocument = z.strictObject({
  formatVersion: z.literal(1),
  observedAt: InstantText,
  sources: z.record(
    z
      .string()
      .max(1000)
      .refine((key) => key !== "__proto__", "another name"),
    Source,
  ),
  references: References(Reference),
  tags: recordOf(Tags, "registry/repository", (key) => formatRepository(parseRepository(key))),
  images: References(Image).exactOptional(),
}) satisfies z.ZodType<ReleaseState>;
