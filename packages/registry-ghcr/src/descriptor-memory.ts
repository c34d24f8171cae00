import {
  type CallOptions,
  type Descriptor,
  type Digest,
  type ManifestCache,
  matchesDigest,
  parseManifest,
} from "@bayplan/core";

/** Media types and sizes by digest, which never change: GitHub's lists tell neither. */
export interface DescriptorMemory {
  note(descriptor: Descriptor): void;
  /** What was noted, or what the cache holds; `undefined` if nobody knows. */
  find(digest: Digest, call: CallOptions): Promise<Descriptor | undefined>;
}

// About 200 bytes each.
const maxNoted = 50_000;

/** A memory of what registries answered, in front of the manifest cache. The first noted go first. */
export function createDescriptorMemory(cache: ManifestCache | undefined): DescriptorMemory {
  const noted = new Map<Digest, Descriptor>();

  function note({ mediaType, digest, size }: Descriptor): void {
    if (noted.has(digest)) return;
    const [oldest] = noted.keys();
    if (noted.size >= maxNoted && oldest !== undefined) noted.delete(oldest);
    noted.set(digest, { mediaType, digest, size });
  }

  return {
    note,
    async find(digest, call) {
      const known = noted.get(digest);
      if (known !== undefined || cache === undefined) return known;
      // A cache that fails is one that knows nothing, and what it gives may be anybody's.
      const stored = await cache.read(digest, call).catch(() => undefined);
      if (stored === undefined || !matchesDigest(stored.bytes, digest)) return undefined;
      const { mediaType } = stored.descriptor;
      if (ownMediaType(stored) !== mediaType) return undefined;
      note({ mediaType, digest, size: stored.bytes.byteLength });
      return noted.get(digest);
    },
  };
}

function ownMediaType(stored: Parameters<typeof parseManifest>[0]): string | undefined {
  try {
    return parseManifest(stored).mediaType;
  } catch {
    return undefined;
  }
}
