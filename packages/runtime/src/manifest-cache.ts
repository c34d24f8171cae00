import {
  BayplanError,
  type Digest,
  type ManifestCache,
  matchesDigest,
  parseDigest,
  type StoredBytes,
  throwIfCancelled,
} from "@bayplan/core";
import { openManifestDirectory } from "./manifest-directory.ts";

/** How much a manifest cache keeps, and where. */
export interface ManifestCacheOptions {
  /** Most bytes in memory; the least recently used go first. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Keeps them in this directory, too, which may be shared by several processes; it is made if needed. Default none. */
  readonly directory?: string;
  /** Most bytes in the directory, more or less; the least recently used files go first. Default 256 MiB. */
  readonly maxDirectoryBytes?: number;
}

/** What an entry costs beside its bytes, about: without it, no number of empty manifests would fill the memory. */
const entryBytes = 256;

/**
 * A {@link ManifestCache} in memory and, if wanted, in a directory: one file per digest, replaced as a whole and verified
 * whenever it is read; a damaged one is removed and counts as not there. Files are for their owner only. When the
 * directory cannot be read or written later on, the cache goes on without: it never makes anything fail.
 *
 * @throws BayplanError `INVALID_INPUT` for sizes that are none and a directory that cannot be made.
 */
export function createManifestCache(options: ManifestCacheOptions = {}): ManifestCache {
  const maxBytes = checkSize("maxBytes", options.maxBytes ?? 64 * 1024 * 1024);
  const maxDirectoryBytes = checkSize("maxDirectoryBytes", options.maxDirectoryBytes ?? 256 * 1024 * 1024);
  const files =
    options.directory === undefined
      ? undefined
      : openManifestDirectory(options.directory, { maxBytes: maxDirectoryBytes });
  // In the order of use: a Map keeps the order of insertion, and what is used is inserted again.
  const kept = new Map<Digest, StoredBytes>();
  let keptBytes = 0;

  function forget(digest: Digest): void {
    const found = kept.get(digest);
    if (found !== undefined && kept.delete(digest)) keptBytes -= found.bytes.byteLength + entryBytes;
  }

  function keep(manifest: StoredBytes): void {
    const { digest } = manifest.descriptor;
    forget(digest);
    if (manifest.bytes.byteLength + entryBytes > maxBytes) return;
    kept.set(digest, manifest);
    keptBytes += manifest.bytes.byteLength + entryBytes;
    for (const oldest of kept.keys()) {
      if (keptBytes <= maxBytes) return;
      forget(oldest);
    }
  }

  return {
    async read(digest, call = {}) {
      throwIfCancelled(call.signal);
      parseDigest(digest);
      const found = kept.get(digest) ?? (await files?.read(digest));
      throwIfCancelled(call.signal);
      if (found === undefined) return undefined;
      keep(found);
      return copyOf(found);
    },
    async write(manifest, call = {}) {
      throwIfCancelled(call.signal);
      const { digest } = manifest.descriptor;
      parseDigest(digest);
      if (!matchesDigest(manifest.bytes, digest)) {
        throw new BayplanError("DIGEST_MISMATCH", `${digest} was not cached: the bytes have another digest.`);
      }
      const isNew = !kept.has(digest);
      const copy = copyOf(manifest);
      keep(copy);
      if (isNew) await files?.write(copy);
    },
  };
}

/** A copy: the caller may change its bytes, and a view may hold a buffer that is many times as large. */
function copyOf({ descriptor, bytes }: StoredBytes): StoredBytes {
  const { mediaType, digest } = descriptor;
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes: Uint8Array.from(bytes) };
}

function checkSize(name: string, bytes: number): number {
  if (Number.isFinite(bytes) && bytes >= 0) return bytes;
  throw new BayplanError("INVALID_INPUT", `${name} of a manifest cache is ${bytes}. Pass a number of bytes.`);
}
