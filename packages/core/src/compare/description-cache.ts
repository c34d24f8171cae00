import type { Digest } from "../oci/digest.ts";
import type { PlatformFacts } from "./image-facts.ts";

/**
 * Facts of manifests by digest, for describing many images that share some. What a digest names never changes, so nothing
 * in it grows old; that the image is still there is asked each time. Callers with different rights need different caches.
 */
export interface DescriptionCache {
  read(digest: Digest): PlatformFacts | undefined;
  write(digest: Digest, facts: PlatformFacts): void;
}

/** A cache in memory. What was used longest ago goes first. `maxEntries`: default 1000. */
export function createDescriptionCache({ maxEntries = 1000 }: { readonly maxEntries?: number } = {}): DescriptionCache {
  // A map keeps the order of insertion; what is read is inserted again.
  const entries = new Map<Digest, PlatformFacts>();
  const put = (digest: Digest, facts: PlatformFacts) => {
    entries.delete(digest);
    entries.set(digest, facts);
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
  };
  return {
    read(digest) {
      const facts = entries.get(digest);
      if (facts !== undefined) put(digest, facts);
      return facts;
    },
    write: put,
  };
}
