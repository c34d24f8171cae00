import { digestOf, digestReference, mediaTypes, type RepositoryName, tagReference } from "@bayplan/core";
import type { OciRegistry } from "../create-oci-registry.ts";

const content = new TextEncoder().encode("content");
const blob = { mediaType: mediaTypes.ociConfig, digest: digestOf(content), size: content.byteLength };
const manifestBytes = new TextEncoder().encode(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: blob, layers: [] }),
);
const manifest = { mediaType: mediaTypes.ociManifest, digest: digestOf(manifestBytes), size: manifestBytes.byteLength };

/** What an adapter can be asked to do, each with the same content: for tests that try a bad server on all of it. */
export const adapterOperations: Readonly<
  Record<string, (registry: OciRegistry, repository: RepositoryName) => Promise<unknown>>
> = {
  resolve: (registry, repository) => registry.resolve(tagReference(repository, "1")),
  fetchManifest: (registry, repository) => registry.fetchManifest(tagReference(repository, "1")),
  "fetchManifest by digest": (registry, repository) =>
    registry.fetchManifest(digestReference(repository, manifest.digest)),
  listTags: (registry, repository) => drain(registry.listTags(repository)),
  fetchBlob: (registry, repository) => drain(registry.fetchBlob(digestReference(repository, blob.digest))),
  referrers: (registry, repository) => drain(registry.referrers.list(digestReference(repository, manifest.digest))),
  putBlob: (registry, repository) => registry.putBlob(repository, blob, inOnePiece()),
  putManifest: (registry, repository) =>
    registry.putManifest(repository, { descriptor: manifest, bytes: manifestBytes }),
  tag: (registry, repository) => registry.tag(digestReference(repository, manifest.digest), "2", { absent: true }),
  tagMany: async (registry, repository) =>
    registry.tagMany?.(digestReference(repository, manifest.digest), [
      { tag: "2", expected: { absent: true } },
      { tag: "3", expected: { digest: blob.digest } },
    ]),
  mountBlob: async (registry, repository) =>
    registry.mountBlob?.(repository, digestReference({ ...repository, repository: "other/app" }, blob.digest)),
  deleteManifest: async (registry, repository) =>
    registry.deleteManifest?.(digestReference(repository, manifest.digest), { tags: ["1"], parents: [] }),
};

async function drain(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count += 1;
  return count;
}

async function* inOnePiece(): AsyncGenerator<Uint8Array> {
  yield content;
}
