import {
  assignTags,
  BayplanError,
  createVersionScheme,
  type ImageFacts,
  isBayplanError,
  judgeGate,
  listPlatforms,
  parseManifest,
  parsePlatform,
  parseReference,
  verifyPlatforms,
} from "@bayplan/core";
import { z } from "zod";
import { oneImageRegistry, storedManifest } from "./one-image-registry.ts";

const ArchInput = z.strictObject({
  manifest: z.unknown().optional(),
  imagetools_platform: z.string().nullish(),
  required: z.array(z.string()),
  error: z.unknown().optional(),
});
const SameInput = z.strictObject({ version_manifest: z.unknown().optional(), latest_manifest: z.unknown().optional() });
const MovesInput = z.strictObject({
  version: z.string(),
  published: z.array(z.string()).default([]),
  image: z.string().default("registry.example/quiltdata/benchling"),
});
const reference = parseReference("registry.example/quiltdata/benchling:checked");

/** Whether an image is built for exactly the required platforms; what cannot be read is not. */
export async function checkQuiltArch(input: unknown): Promise<unknown> {
  const { manifest, imagetools_platform: single, required, error } = ArchInput.parse(input);
  const registry = oneImageRegistry({
    manifest() {
      if (error !== undefined && error !== null) throw new BayplanError("UNAVAILABLE", "The registry does not answer.");
      return manifest === undefined || manifest === null ? undefined : storedManifest(manifest);
    },
    ...(typeof single === "string" ? { config: parsePlatform(single) } : {}),
  });
  try {
    return { valid: verifyPlatforms(await listPlatforms(reference, registry), required, "exact").ok };
  } catch (thrown) {
    if (isBayplanError(thrown)) return { valid: false };
    throw thrown;
  }
}

/** Whether `latest` is the image of the version; or, without images, whether a version may take `latest` at all. */
export function checkQuiltLatest(input: unknown): unknown {
  const moves = MovesInput.safeParse(input);
  if (moves.success) {
    const { version, published, image } = moves.data;
    const rules = [
      { kind: "exact", template: "{version}" },
      { kind: "alias", template: "latest" },
    ] as const;
    const context = { repository: image, version, known: { state: "complete", tags: published } } as const;
    const { tags } = assignTags({ rules, scheme: createVersionScheme("semver") }, context);
    return { tags: tags.map(({ tag }) => tag) };
  }
  const { version_manifest: version, latest_manifest: latest } = SameInput.parse(input);
  try {
    const facts = { ...imageOf("image", version), ...imageOf("other", latest) };
    return { valid: judgeGate({ kind: "same-image", levels: ["index"] }, facts).passes };
  } catch (thrown) {
    if (isBayplanError(thrown)) return { valid: false };
    throw thrown;
  }
}

/** At the level of the digest nothing inside counts; a document that is no manifest is no image. */
function imageOf<Side extends "image" | "other">(
  side: Side,
  document: unknown,
): { readonly [key in Side]?: ImageFacts } {
  if (document === undefined || document === null) return {};
  const stored = storedManifest(document);
  const { annotations = {} } = parseManifest(stored);
  const { digest, mediaType } = stored.descriptor;
  const facts: ImageFacts = { reference: "checked", digest, mediaType, annotations, platforms: [], attestations: [] };
  return { [side]: facts } as { readonly [key in Side]?: ImageFacts };
}
