import {
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
  manifestMediaTypes,
  mediaTypes,
  parseManifest,
  type StoredBytes,
} from "@bayplan/core";
import type { Catalog } from "./catalog.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** Largest manifest that is accepted; the specification asks registries to take at least this much. */
export const maxManifestBytes = 4 * 1024 * 1024;

const dockerMediaTypes: readonly string[] = [mediaTypes.dockerIndex, mediaTypes.dockerManifest];
const foreignLayer = /nondistributable|foreign/;

/** Reads a pushed manifest, refusing what a real registry refuses: 400 `MANIFEST_INVALID` for each. */
export function parsePushedManifest(stored: StoredBytes): ImageManifest | ImageIndex {
  const { mediaType } = stored.descriptor;
  if (!manifestMediaTypes.includes(mediaType)) throw invalid(`"${mediaType}" is not the media type of a manifest`);
  const manifest = parseOrRefuse(stored);
  const isDocker = dockerMediaTypes.includes(mediaType);
  if (manifest.mediaType === undefined ? isDocker : manifest.mediaType !== mediaType) {
    throw invalid(`content-type is ${mediaType}, but the document says ${manifest.mediaType ?? "nothing"}`);
  }
  // A document that is both would be read as one by this client and as the other by that one (CVE-2021-41190).
  const members = Object.keys(JSON.parse(new TextDecoder().decode(stored.bytes)) as object);
  const forbidden = manifest.kind === "index" ? ["config", "layers"] : ["manifests"];
  const ambiguous = members.find((member) => forbidden.includes(member));
  if (ambiguous !== undefined) throw invalid(`a document of this type may not have "${ambiguous}"`);
  return manifest;
}

function parseOrRefuse(stored: StoredBytes): ImageManifest | ImageIndex {
  try {
    return parseManifest(stored);
  } catch {
    throw invalid("the document is not a manifest");
  }
}

/** Refuses a manifest that names something its repository does not hold, or holds in another size. */
export async function checkReferences(
  catalog: Catalog,
  repository: string,
  manifest: ImageManifest | ImageIndex,
): Promise<void> {
  if (manifest.kind === "index") {
    for (const child of manifest.manifests) {
      checkFound(child, catalog.repository(repository)?.manifests.get(child.digest)?.size);
    }
    return;
  }
  for (const blob of [manifest.config, ...manifest.layers]) {
    if (foreignLayer.test(blob.mediaType)) continue;
    checkFound(blob, await catalog.blobSize(repository, blob.digest));
  }
}

function checkFound(wanted: Descriptor, foundBytes: number | undefined): void {
  if (foundBytes === undefined) {
    const detail = { digest: wanted.digest };
    throw refusal(400, { code: "MANIFEST_BLOB_UNKNOWN", message: "blob unknown to registry", detail });
  }
  if (foundBytes !== wanted.size) {
    throw invalid(`the size of ${wanted.digest} is ${foundBytes}, not ${wanted.size}`);
  }
}

function invalid(message: string): Refusal {
  return refusal(400, { code: "MANIFEST_INVALID", message: `manifest invalid: ${message}` });
}
