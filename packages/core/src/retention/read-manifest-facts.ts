import { labelsIn } from "../compare/describe-image.ts";
import { readJsonBlob } from "../compare/read-json-blob.ts";
import type { Descriptor, StoredBytes } from "../oci/descriptor.ts";
import { type Digest, matchesDigest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import { digestReference, type RepositoryName } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { ManifestCache } from "../ports/manifest-cache.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import type { ManifestLinks } from "./inventory.ts";
import { unknownCode } from "./list-repository.ts";
import { manifestLinks } from "./manifest-links.ts";

/** Where manifests are read. */
export interface FactsSource {
  readonly repository: RepositoryName;
  readonly registry: RegistryAdapter;
  readonly cache?: ManifestCache | undefined;
  /** Whether labels and annotations are wanted. */
  readonly labels: boolean;
}

/** What one manifest says of itself. `gone`: the registry clearly does not have it (any more). */
export type ManifestFacts =
  | { readonly state: "gone" }
  | {
      readonly state: "known";
      readonly descriptor?: Descriptor;
      readonly links: ManifestLinks;
      readonly labels?: Readonly<Record<string, string>>;
    };

/** Reads a manifest, by the cache where it has it. What cannot be read is `unreadable`, never absent. */
export async function readManifestFacts(
  digest: Digest,
  source: FactsSource,
  call: CallOptions,
): Promise<ManifestFacts> {
  let stored: StoredBytes | undefined;
  try {
    stored = await readStored(digest, source, call);
    if (stored === undefined) return await confirmGone(digest, source, call);
  } catch (error) {
    return { state: "known", links: { state: "unreadable", error: unknownCode(error) } };
  }
  const links = manifestLinks(stored);
  if (!source.labels || links.state !== "read") return { state: "known", descriptor: stored.descriptor, links };
  const labels = await labelsOf(stored, source, call);
  return { state: "known", descriptor: stored.descriptor, links, ...(labels !== undefined && { labels }) };
}

async function readStored(
  digest: Digest,
  { repository, registry, cache }: FactsSource,
  call: CallOptions,
): Promise<StoredBytes | undefined> {
  const known = await cache?.read(digest, call).catch(() => undefined);
  if (known !== undefined && matchesDigest(known.bytes, digest)) return known;
  const stored = await registry.fetchManifest(digestReference(repository, digest), call);
  // A cache that fails costs a request the next time, and nothing else.
  if (stored !== undefined) await cache?.write(stored, call).catch(() => {});
  return stored;
}

/** What was listed and is not there now may have been deleted meanwhile; what is there after all was not read. */
async function confirmGone(
  digest: Digest,
  { repository, registry }: FactsSource,
  call: CallOptions,
): Promise<ManifestFacts> {
  const { state } = await registry.resolve(digestReference(repository, digest), call);
  if (state === "absent") return { state: "gone" };
  return { state: "known", links: { state: "unreadable", error: state === "present" ? "INCOMPLETE" : "DENIED" } };
}

/**
 * Labels of an image's config, annotations of an index. A config that cannot be read has none: labels only ever expire.
 * Configs are not kept in the cache, as they may hold what was given to a build in confidence.
 */
async function labelsOf(
  stored: StoredBytes,
  { repository, registry }: FactsSource,
  call: CallOptions,
): Promise<Readonly<Record<string, string>> | undefined> {
  const manifest = parseManifest(stored);
  if (manifest.kind === "index") return manifest.annotations ?? {};
  try {
    return labelsIn(await readJsonBlob(registry, { repository, descriptor: manifest.config }, call));
  } catch (error) {
    unknownCode(error);
    return undefined;
  }
}
