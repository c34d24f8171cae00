import { type Descriptor, type Digest, mediaTypes, parseManifest } from "@bayplan/core";
import { jsonResponse } from "./refusal.ts";
import { digestOrRefuse, type RegistryCall, type RegistryContext } from "./registry-context.ts";

/**
 * GET of the manifests whose `subject` is the digest, as an index; empty, never 404, where there are none.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function listReferrers(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const subject = digestOrRefuse(call.target);
  const all: Descriptor[] = [];
  for (const digest of context.catalog.repository(call.repository)?.manifests.keys() ?? []) {
    const referrer = await readReferrer(context, { repository: call.repository, digest, subject });
    if (referrer !== undefined) all.push(referrer);
  }
  const wanted = call.url.searchParams.get("artifactType");
  const manifests = wanted === null ? all : all.filter((referrer) => referrer.artifactType === wanted);
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  const filtered = wanted === null ? {} : { "oci-filters-applied": "artifactType" };
  return jsonResponse(200, index, { "content-type": mediaTypes.ociIndex, ...filtered });
}

async function readReferrer(
  context: RegistryContext,
  wanted: { readonly repository: string; readonly digest: Digest; readonly subject: Digest },
): Promise<Descriptor | undefined> {
  const stored = await context.catalog.readManifest(wanted.repository, wanted.digest);
  if (stored === undefined) return undefined;
  const manifest = parseManifest(stored);
  if (manifest.subject?.digest !== wanted.subject) return undefined;
  const artifactType = manifest.artifactType ?? (manifest.kind === "image" ? manifest.config.mediaType : undefined);
  return {
    ...stored.descriptor,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
}
