import type { StoredBytes } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { CallOptions } from "./call-options.ts";

/**
 * Manifests by digest, never by tag: what a digest names never changes, so what was read once is true for ever.
 *
 * What comes out of a cache proves the content, not that any registry has it: adapters use it where only the content
 * counts, and ask the registry where existence does. There is one entry per digest, whatever registry and repository it
 * came from, so that whoever holds the cache and a digest gets the manifest: callers with different rights need
 * different caches.
 */
export interface ManifestCache {
  /** The manifest, bytes and media type as they were written; `undefined` when it is not there, or damaged. */
  read(digest: Digest, options?: CallOptions): Promise<StoredBytes | undefined>;
  /** Keeps a manifest for as long as there is room. Throws `DIGEST_MISMATCH` when the bytes have another digest. */
  write(manifest: StoredBytes, options?: CallOptions): Promise<void>;
}
