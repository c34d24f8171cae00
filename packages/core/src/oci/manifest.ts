import { BayplanError } from "../errors.ts";
import type { Descriptor, StoredBytes } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { isIndexMediaType, manifestMediaTypes } from "./media-type.ts";
import { formatPlatform } from "./platform.ts";
import { ImageDocument, IndexDocument } from "./schema.ts";

interface ManifestBase {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * One image: a config and its layers.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 */
export interface ImageManifest extends ManifestBase {
  readonly kind: "image";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/**
 * Several manifests under one digest, usually one per platform.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface ImageIndex extends ManifestBase {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

/**
 * Reads the bytes of a manifest; whether it is an image or an index follows from its media type, then from its shape.
 *
 * @throws BayplanError `RESPONSE_INVALID` when the bytes are not JSON or not a manifest.
 */
export function parseManifest(stored: StoredBytes): ImageManifest | ImageIndex {
  const value = parseJson(stored);
  const { mediaType } = stored.descriptor;
  // The shape decides only where the media type does not: a document must not be two things to two readers.
  const isIndex = manifestMediaTypes.includes(mediaType)
    ? isIndexMediaType(mediaType)
    : typeof value === "object" && value !== null && "manifests" in value;
  const parsed = isIndex ? IndexDocument.safeParse(value) : ImageDocument.safeParse(value);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") ?? "";
    throw invalid(stored, `${where === "" ? "the document" : where} ${parsed.error.issues[0]?.message ?? "is wrong"}`);
  }
  const data = parsed.data;
  return "manifests" in data ? { kind: "index", ...data } : { kind: "image", ...data };
}

function parseJson(stored: StoredBytes): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(stored.bytes));
  } catch {
    // The parser's own message quotes the text, and a careless server may have put there what it was sent.
    throw invalid(stored, "it is not JSON");
  }
}

function invalid(stored: StoredBytes, why: string): BayplanError {
  const message = `The manifest ${stored.descriptor.digest} cannot be read: ${why}. Ask the registry's operator, or push the image again.`;
  return new BayplanError("RESPONSE_INVALID", message);
}

/**
 * The runnable platforms of an index and the digest of each one's manifest. Entries without a platform and
 * attestations (`unknown/unknown`, marked by `vnd.docker.reference.type`) are not runnable and left out. Of several for
 * one platform the first counts, as it does for whoever pulls.
 */
export function platformDigests(index: ImageIndex): Readonly<Record<string, Digest>> {
  const first = new Map<string, Digest>();
  for (const { platform, digest, annotations } of index.manifests) {
    const isAttestation = annotations?.["vnd.docker.reference.type"] !== undefined;
    if (platform === undefined || isAttestation || platform.os === "unknown") continue;
    const key = formatPlatform(platform);
    if (!first.has(key)) first.set(key, digest);
  }
  return Object.fromEntries(first);
}
