import { BayplanError, throwIfCancelled } from "../errors.ts";
import type { StoredBytes } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { parsePlatform } from "../oci/platform.ts";
import { type DigestReference, parseReference, type Reference, referenceTarget } from "../oci/reference.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import { storedJson } from "./fake-image.ts";
import { createFakeRegistry } from "./fake-registry.ts";

/** One platform of an image that is put together for a test. */
export interface StoredPlatform {
  readonly platform: string;
  /** Names of layers; a layer's digest follows from its name. */
  readonly layers?: readonly string[];
  /** Names of the packed layers, when they are packed in another way than `layers`. */
  readonly packed?: readonly string[];
  /** Members of the config document, over `os`, `architecture`, `variant` and `rootfs`. */
  readonly config?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of its entry in the index. */
  readonly entry?: object;
}

/** A registry of images that are put together piece by piece; counts what is fetched. */
export interface ImageStore {
  readonly registry: RegistryAdapter;
  /** For example `manifest 1.0` or `blob sha256:…`. */
  readonly calls: string[];
  /** One platform gives a manifest, unless `index` asks for an index around it. */
  add(tag: string, platforms: readonly StoredPlatform[], index?: object): Digest;
  addManifest(tag: string, document: unknown, mediaType: string): Digest;
  readonly at: (tag: string) => Reference;
  remove(digest: Digest): void;
}

/** The digest of a layer of this name. */
export function layerDigest(name: string): Digest {
  return digestOf(new TextEncoder().encode(name));
}

/** An empty store at `ghcr.io/o/a`. */
export function createImageStore(): ImageStore {
  const manifests = new Map<string, StoredBytes>();
  const blobs = new Map<string, Uint8Array>();
  const calls: string[] = [];
  const keep = (stored: StoredBytes, ...names: readonly string[]) => {
    for (const name of [stored.descriptor.digest, ...names]) manifests.set(name, stored);
    return stored;
  };
  const addPlatform = (one: StoredPlatform): StoredBytes => {
    const layers = one.layers ?? ["a", "b"];
    const config = storedJson(
      { ...parsePlatform(one.platform), rootfs: { type: "layers", diff_ids: layers.map(layerDigest) }, ...one.config },
      mediaTypes.ociConfig,
    );
    blobs.set(config.descriptor.digest, config.bytes);
    const packed = one.packed ?? layers.map((name) => `${name}.gz`);
    const document = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: config.descriptor,
      layers: packed.map((name) => ({ mediaType: mediaTypes.ociLayerGzip, digest: layerDigest(name), size: 1 })),
      ...(one.annotations === undefined ? {} : { annotations: one.annotations }),
    };
    return keep(storedJson(document, mediaTypes.ociManifest));
  };
  const registry: RegistryAdapter = {
    ...createFakeRegistry(),
    async fetchManifest(reference, options) {
      throwIfCancelled(options?.signal);
      calls.push(`manifest ${referenceTarget(reference)}`);
      return manifests.get(referenceTarget(reference));
    },
    async *fetchBlob(reference: DigestReference, options) {
      throwIfCancelled(options?.signal);
      calls.push(`blob ${reference.digest}`);
      const bytes = blobs.get(reference.digest);
      if (bytes === undefined) throw new BayplanError("NOT_FOUND", "There is no such blob.");
      yield bytes.subarray(0, 5);
      yield bytes.subarray(5);
    },
  };
  return {
    registry,
    calls,
    at: (tag) => parseReference(tag.startsWith("sha256:") ? `ghcr.io/o/a@${tag}` : `ghcr.io/o/a:${tag}`),
    add(tag, platforms, index) {
      const stored = platforms.map(addPlatform);
      const [only] = stored;
      if (only !== undefined && stored.length === 1 && index === undefined) return keep(only, tag).descriptor.digest;
      const entries = platforms.map((one, place) => {
        return { ...stored[place]?.descriptor, platform: parsePlatform(one.platform), ...one.entry };
      });
      const { manifests: more = [], ...rest } = { ...index } as { readonly manifests?: readonly unknown[] };
      const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [...entries, ...more], ...rest };
      return keep(storedJson(document, mediaTypes.ociIndex), tag).descriptor.digest;
    },
    addManifest: (tag, document, mediaType) => keep(storedJson(document, mediaType), tag).descriptor.digest,
    remove: (digest) => void manifests.delete(digest),
  };
}
