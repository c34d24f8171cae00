import { listPlatforms } from "../compare/list-platforms.ts";
import type { Digest } from "../oci/digest.ts";
import type { DigestReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { RegistryAdapter } from "../ports/registry.ts";

/**
 * The runnable platforms of an image and the digest of each one's manifest, as `listPlatforms` finds them. Of several for
 * one platform the first counts, as it does for whoever pulls.
 *
 * @throws BayplanError as `listPlatforms` does.
 */
export async function readPlatforms(
  registry: RegistryAdapter,
  reference: DigestReference,
  options: CallOptions = {},
): Promise<Readonly<Record<string, Digest>>> {
  const first = new Map<string, Digest>();
  for (const { platform, digest } of (await listPlatforms(reference, registry, options)).platforms) {
    if (!first.has(platform)) first.set(platform, digest);
  }
  return Object.fromEntries(first);
}
