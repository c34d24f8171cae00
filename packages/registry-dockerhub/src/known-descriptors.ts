import {
  type CallOptions,
  type Descriptor,
  type Digest,
  type ManifestCache,
  matchesDigest,
  parseManifest,
} from "@bayplan/core";

/** Media types and sizes by digest, which never change. The Hub API tells no size of a manifest. */
export interface KnownDescriptors {
  note(descriptor: Descriptor): void;
  /** What was noted, or what the cache of manifests holds; `undefined` if neither. */
  find(digest: Digest, options: CallOptions): Promise<Descriptor | undefined>;
}

// A few hundred bytes each.
const maxNoted = 50_000;

/** A memory of what the registry answered, in front of the cache. What came first goes first. */
export function createKnownDescriptors(cache: ManifestCache | undefined): KnownDescriptors {
  const noted = new Map<Digest, Descriptor>();

  function note({ mediaType, digest, size }: Descriptor): void {
    if (noted.has(digest)) return;
    const [oldest] = noted.keys();
    if (noted.size >= maxNoted && oldest !== undefined) noted.delete(oldest);
    noted.set(digest, { mediaType, digest, size });
  }

  return {
    note,
    async find(digest, options) {
      const known = noted.get(digest);
      if (known !== undefined || cache === undefined) return known;
      // A cache that fails knows nothing, and what it gives is verified: it may be anybody's.
      const stored = await cache.read(digest, options).catch(() => undefined);
      if (stored === undefined || !matchesDigest(stored.bytes, digest)) return undefined;
      const mediaType = mediaTypeOf(stored);
      if (mediaType === undefined || mediaType !== stored.descriptor.mediaType) return undefined;
      note({ mediaType, digest, size: stored.bytes.byteLength });
      return noted.get(digest);
    },
  };
}

function mediaTypeOf(stored: Parameters<typeof parseManifest>[0]): string | undefined {
  try {
    return parseManifest(stored).mediaType;
  } catch {
    return undefined;
  }
}
