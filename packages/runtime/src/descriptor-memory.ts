import {
  BayplanError,
  type CallOptions,
  type Descriptor,
  type Digest,
  type ManifestCache,
  matchesDigest,
  parseManifest,
  type StoredBytes,
} from "@bayplan/core";

/** Media types and sizes by digest, which never change. */
export interface DescriptorMemory {
  /** Keeps media type, digest and size. What was noted of a digest first stays. */
  note(descriptor: Descriptor): void;
  /** What was noted, or what the cache of manifests holds; `undefined` if neither knows. Asks no registry. */
  find(digest: Digest, options: CallOptions): Promise<Descriptor | undefined>;
}

/** How much a descriptor memory keeps. */
export interface DescriptorMemoryOptions {
  /** Most descriptors, of a few hundred bytes each; those that were noted first go first. Default 50,000. */
  readonly maxDescriptors?: number;
}

/**
 * A memory of the descriptors that a registry showed, in front of a {@link ManifestCache}: for registries whose lists
 * tell of a manifest its digest, but not its media type or size. Those of one digest never change, so what is kept is
 * never asked again and never stale; one memory may serve all repositories. What the cache gives is verified first, and
 * a cache that fails counts as one that knows nothing.
 *
 * @param cache - Holds manifests that were read before, maybe by another process. Without one, only what was noted is found.
 * @throws BayplanError `INVALID_INPUT` for a `maxDescriptors` that is no number of at least 1.
 */
export function createDescriptorMemory(
  cache: ManifestCache | undefined,
  options: DescriptorMemoryOptions = {},
): DescriptorMemory {
  const { maxDescriptors = 50_000 } = options;
  if (!(maxDescriptors >= 1)) {
    throw new BayplanError(
      "INVALID_INPUT",
      `maxDescriptors of a descriptor memory is ${maxDescriptors}. Pass a number of descriptors, at least 1.`,
    );
  }
  const noted = new Map<Digest, Descriptor>();

  function note({ mediaType, digest, size }: Descriptor): void {
    if (noted.has(digest)) return;
    const [oldest] = noted.keys();
    if (noted.size >= Math.floor(maxDescriptors) && oldest !== undefined) noted.delete(oldest);
    noted.set(digest, { mediaType, digest, size });
  }

  return {
    note,
    async find(digest, call) {
      const known = noted.get(digest);
      if (known !== undefined || cache === undefined) return known;
      // A directory of manifests may be anybody's: bytes and media type are believed only where they agree.
      const stored = await cache.read(digest, call).catch(() => undefined);
      if (stored === undefined || !matchesDigest(stored.bytes, digest)) return undefined;
      const mediaType = ownMediaType(stored);
      if (mediaType === undefined || mediaType !== stored.descriptor.mediaType) return undefined;
      const found = { mediaType, digest, size: stored.bytes.byteLength };
      note(found);
      return found;
    },
  };
}

/** The media type by which the bytes are a manifest; `undefined` if they are none. */
function ownMediaType(stored: StoredBytes): string | undefined {
  try {
    return parseManifest(stored).mediaType;
  } catch {
    return undefined;
  }
}
