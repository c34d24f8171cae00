import { BayplanError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import { type DescribeOptions, describeEntry, readManifest } from "./describe-image.ts";
import { runnableEntries } from "./index-entries.ts";

/** The platforms of an image, as `verifyPlatforms` takes them. */
export interface PlatformList {
  /** Of what the reference names. */
  readonly digest: Digest;
  /** In the order of the index, attestations and artifacts left out. */
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest }[];
}

/**
 * The platforms of an image and nothing else: one request for an index that names them, as every builder writes it. Where
 * it does not, and for a single manifest, configs are read. That the manifests are there is not asked.
 *
 * @throws BayplanError as `describeImage` does.
 */
export async function listPlatforms(
  reference: Reference,
  registry: RegistryAdapter,
  options: DescribeOptions = {},
): Promise<PlatformList> {
  const stored = await registry.fetchManifest(reference, options);
  if (stored === undefined) {
    throw new BayplanError("NOT_FOUND", `${formatReference(reference)} is not there, so nothing can be said of it.`);
  }
  const document = parseManifest(stored);
  const { digest } = stored.descriptor;
  if (document.kind === "image") {
    const { platform } = await readManifest(stored, document, { reference, registry, options });
    return { digest, platforms: [{ platform, digest }] };
  }
  const platforms: { platform: string; digest: Digest }[] = [];
  for (const entry of runnableEntries(document, reference)) {
    const platform =
      entry.platform === undefined
        ? (await describeEntry(entry, { reference, registry, options })).platform
        : formatPlatform(entry.platform);
    platforms.push({ platform, digest: entry.digest });
  }
  return { digest, platforms };
}
