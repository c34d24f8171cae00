import { type Descriptor, type Digest, mediaTypes, parseManifest } from "@bayplan/core";
import { cutPage, nextLink } from "./page.ts";
import { jsonResponse } from "./refusal.ts";
import { digestOrRefuse, type RegistryCall, type RegistryContext } from "./registry-context.ts";

interface Referrer {
  readonly subject: Digest | undefined;
  readonly descriptor: Descriptor;
}

// What a manifest refers to never changes, so each is read once. A descriptor is held as long as its manifest is.
const known = new WeakMap<Descriptor, Referrer>();

/**
 * GET of the manifests whose `subject` is the digest, as an index in the order of their digests; empty, never 404,
 * where there are none. Filtered by `artifactType`, and cut into pages behind a relative Link that keeps the filter.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function listReferrers(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const subject = digestOrRefuse(call.target);
  const wanted = call.url.searchParams.get("artifactType");
  const found = new Map<string, Descriptor>();
  for (const descriptor of context.catalog.repository(call.repository)?.manifests.values() ?? []) {
    const referrer = await readReferrer(context, call.repository, descriptor);
    if (referrer?.subject !== subject) continue;
    if (wanted === null || referrer.descriptor.artifactType === wanted)
      found.set(descriptor.digest, referrer.descriptor);
  }
  const page = cutPage(found.keys(), call.url.searchParams, context.pageSize);
  const manifests = page.names.map((digest) => found.get(digest));
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return jsonResponse(200, index, {
    "content-type": mediaTypes.ociIndex,
    ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }),
    ...nextLink(call.url.pathname, page),
  });
}

async function readReferrer(
  context: RegistryContext,
  repository: string,
  descriptor: Descriptor,
): Promise<Referrer | undefined> {
  const remembered = known.get(descriptor);
  if (remembered !== undefined) return remembered;
  const stored = await context.catalog.readManifest(repository, descriptor.digest);
  if (stored === undefined) return undefined;
  const manifest = parseManifest(stored);
  const artifactType = manifest.artifactType ?? (manifest.kind === "image" ? manifest.config.mediaType : undefined);
  const referrer = {
    subject: manifest.subject?.digest,
    descriptor: {
      ...stored.descriptor,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
    },
  };
  known.set(descriptor, referrer);
  return referrer;
}
