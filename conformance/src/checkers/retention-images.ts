import { type Digest, parseDigest, parseInstant, type RetentionManifest } from "@bayplan/core";
import { z } from "zod";

/** An image of a retention case. */
export const CaseImage = z.strictObject({
  label: z.string().optional(),
  digest: z.string(),
  tags: z.array(z.string()),
  pushedAt: z.string().nullable().optional(),
  mediaType: z.string(),
  manifests: z.array(z.strictObject({ digest: z.string(), platform: z.unknown().optional() })).optional(),
  subject: z.string().optional(),
  artifactType: z.string().optional(),
  pulledAt: z.string().nullable().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

/** The image as an inventory has it. */
export function retentionManifest(
  image: z.infer<typeof CaseImage>,
  unreadable: ReadonlySet<string> = new Set(),
): RetentionManifest {
  const { digest, tags, pushedAt, mediaType, manifests = [], subject, artifactType, pulledAt, labels } = image;
  const children = manifests.map((child): Digest => parseDigest(child.digest));
  return {
    descriptor: {
      mediaType,
      digest: parseDigest(digest),
      size: 0,
      ...(artifactType !== undefined && { artifactType }),
    },
    tags,
    ...(typeof pushedAt === "string" && { pushedAt: parseInstant(pushedAt) }),
    ...(typeof pulledAt === "string" && { pulledAt: parseInstant(pulledAt) }),
    ...(labels !== undefined && { labels }),
    links: unreadable.has(digest)
      ? { state: "unreadable", error: "UNAVAILABLE" }
      : { state: "read", children, ...(subject !== undefined && { subject: parseDigest(subject) }) },
  };
}
