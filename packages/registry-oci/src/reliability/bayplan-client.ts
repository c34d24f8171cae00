import { digestReference, mediaTypes } from "@bayplan/core";
import type { MatrixClient } from "./naive-client.ts";
import type { Bench } from "./open-bench.ts";

/** The operations of the matrix by the adapter of a bench. */
export function createBayplanClient(bench: Bench): MatrixClient {
  const { registry, reference, repository } = bench;
  return {
    async digest() {
      const found = await registry.resolve(reference);
      return found.state === "present" ? found.descriptor.digest : undefined;
    },
    async manifest() {
      const stored = await registry.fetchManifest(reference);
      return stored === undefined ? undefined : { digest: stored.descriptor.digest, bytes: stored.bytes };
    },
    async tags() {
      const all: string[] = [];
      for await (const tag of registry.listTags(repository)) all.push(tag);
      return all;
    },
    async blob(digest) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of registry.fetchBlob(digestReference(repository, digest))) chunks.push(chunk);
      return new Uint8Array(Buffer.concat(chunks));
    },
    async putBlob(bytes, digest) {
      const descriptor = { mediaType: mediaTypes.ociConfig, digest, size: bytes.byteLength };
      await registry.putBlob(repository, descriptor, inOnePiece(bytes));
    },
    async tag(digest, name) {
      await registry.tag(digestReference(repository, digest), name, { absent: true });
    },
  };
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
