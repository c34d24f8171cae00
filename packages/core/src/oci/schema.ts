import { z } from "zod";
import type { Descriptor } from "./descriptor.ts";
import { type Digest, isDigest } from "./digest.ts";
import type { ImageIndex, ImageManifest } from "./manifest.ts";
import type { Platform } from "./platform.ts";

// Registries and builders add fields of their own: unknown ones are tolerated, known ones must be right.
// Stops at the first that is wrong: zod would describe each, and a hostile document has a million of them.
const Annotations = z.custom<Record<string, string>>(isTextRecord, "expected texts by name");
const DigestText = z.custom<Digest>((value) => typeof value === "string" && isDigest(value), "expected a digest");
const PlatformObject = z.object({
  os: z.string().min(1),
  architecture: z.string().min(1),
  variant: z.string().min(1).exactOptional(),
}) satisfies z.ZodType<Platform>;
const DescriptorObject = z.object({
  mediaType: z.string().min(1),
  digest: DigestText,
  size: z.int().min(0),
  annotations: Annotations.exactOptional(),
  artifactType: z.string().exactOptional(),
  platform: PlatformObject.exactOptional(),
}) satisfies z.ZodType<Descriptor>;

const common = {
  schemaVersion: z.literal(2),
  mediaType: z.string().exactOptional(),
  artifactType: z.string().exactOptional(),
  subject: DescriptorObject.exactOptional(),
  annotations: Annotations.exactOptional(),
};
const maxChildren = 10_000;
// zod counts them before it looks at them.
const Descriptors = z.array(DescriptorObject).max(maxChildren);

/** An image index or Docker manifest list, as it stands on the wire. */
export const IndexDocument = z.object({
  ...common,
  manifests: Descriptors,
}) satisfies z.ZodType<Omit<ImageIndex, "kind">>;
/** An image manifest, OCI or Docker schema 2, as it stands on the wire. */
export const ImageDocument = z.object({
  ...common,
  config: DescriptorObject,
  layers: Descriptors,
}) satisfies z.ZodType<Omit<ImageManifest, "kind">>;

function isTextRecord(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string");
}
