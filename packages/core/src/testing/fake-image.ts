import type { StoredBytes } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { parsePlatform } from "../oci/platform.ts";

/** The manifests and blobs of an image that never ran anywhere. */
export interface FakeImage {
  readonly digest: Digest;
  readonly manifests: readonly StoredBytes[];
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

/** Bytes of a JSON document and the descriptor they are stored under. */
export function storedJson(value: unknown, mediaType: string): StoredBytes {
  const bytes = new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** One platform gives a manifest, several give an index of them. Another `seed` gives other digests. */
export function fakeImage(seed: string, platforms: readonly string[] = ["linux/amd64"]): FakeImage {
  const blobs = new Map<Digest, Uint8Array>();
  const children = platforms.map((text) => {
    const platform = parsePlatform(text);
    const config = storedJson({ ...platform, seed }, mediaTypes.ociConfig);
    blobs.set(config.descriptor.digest, config.bytes);
    const document = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: config.descriptor, layers: [] };
    return { platform, stored: storedJson(document, mediaTypes.ociManifest) };
  });
  const [only, second] = children;
  if (only !== undefined && second === undefined) {
    return { digest: only.stored.descriptor.digest, manifests: [only.stored], blobs };
  }
  const manifests = children.map(({ platform, stored }) => ({ ...stored.descriptor, platform }));
  const index = storedJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, mediaTypes.ociIndex);
  return { digest: index.descriptor.digest, manifests: [index, ...children.map(({ stored }) => stored)], blobs };
}
