import {
  type CallOptions,
  type ManifestCache,
  matchesDigest,
  type Reference,
  type StoredBytes,
  throwIfCancelled,
} from "@bayplan/core";
import { fetchManifest, mediaTypeOf } from "./read-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";

/** Reads manifests through a cache. */
export interface CachedManifests {
  /** As `fetchManifest`; by digest without asking the registry, if the manifest is known. */
  fetch(reference: Reference, options: CallOptions): Promise<StoredBytes | undefined>;
  /** Remembers a manifest that was verified. */
  keep(manifest: StoredBytes, options: CallOptions): Promise<void>;
}

/**
 * Uses a cache for the content of manifests. What a tag shows is always asked, and so is everything that depends on a
 * manifest's being there: those callers use `fetchManifest` and `resolveReference` themselves. A cache that fails is a
 * cache that knows nothing, and what it gives is verified again: it may be anybody's.
 */
export function createCachedManifests(
  client: RegistryClient,
  settings: { readonly cache: ManifestCache | undefined; readonly hosts: readonly string[] },
): CachedManifests {
  const { cache, hosts } = settings;

  async function keep(manifest: StoredBytes, options: CallOptions): Promise<void> {
    // The digest is of the bytes alone. What a registry calls them must not decide how they are read from another one.
    if (cache === undefined || mediaTypeOf(manifest.bytes) !== manifest.descriptor.mediaType) return;
    await cache.write(manifest, options).catch(() => {});
  }

  async function known(reference: Reference, options: CallOptions): Promise<StoredBytes | undefined> {
    // The host of another adapter is refused below, whatever the cache knows.
    if (cache === undefined || reference.kind !== "digest" || !hosts.includes(reference.registry)) return undefined;
    const { digest } = reference;
    throwIfCancelled(options.signal);
    const found = await cache.read(digest, options).catch(() => undefined);
    if (found === undefined || !matchesDigest(found.bytes, digest)) return undefined;
    const { mediaType } = found.descriptor;
    if (mediaTypeOf(found.bytes) !== mediaType) return undefined;
    return { descriptor: { mediaType, digest, size: found.bytes.byteLength }, bytes: found.bytes };
  }

  return {
    keep,
    async fetch(reference, options) {
      const cached = await known(reference, options);
      if (cached !== undefined) return cached;
      const stored = await fetchManifest(client, reference, options);
      if (stored !== undefined) await keep(stored, options);
      return stored;
    },
  };
}
