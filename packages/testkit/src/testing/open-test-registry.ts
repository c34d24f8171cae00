import { type Digest, digestOf, mediaTypes } from "@bayplan/core";
import { type BuiltImage, buildImage } from "../image/build-image.ts";
import { pushImage } from "../image/push-image.ts";
import {
  createEmbeddedRegistry,
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
} from "../registry/embedded-registry.ts";

/** An embedded registry and short ways to speak to it as a raw client. */
export interface TestRegistry extends EmbeddedRegistry {
  send(method: string, path: string, init?: RequestInit): Promise<Response>;
  /** Status and, where there is one, the first error code. */
  outcome(method: string, path: string, init?: RequestInit): Promise<readonly [number, string?]>;
  /** Uploads in one request and gives the digest. */
  putBlob(repository: string, content: string | Uint8Array): Promise<Digest>;
  /** PUTs a document under its own media type. */
  putManifest(
    path: string,
    document: { mediaType?: string },
    contentType?: string,
  ): Promise<readonly [number, string?]>;
  /** Builds and pushes an image. */
  push(repository: string, tag: string, platforms?: readonly string[]): Promise<BuiltImage>;
}

/** Opens one, without authentication unless the options say otherwise. */
export function openTestRegistry(options: EmbeddedRegistryOptions = {}): TestRegistry {
  const registry = createEmbeddedRegistry(options);
  const origin = "http://registry.test";
  const send: TestRegistry["send"] = (method, path, init) => registry.fetch(`${origin}${path}`, { ...init, method });
  const outcome: TestRegistry["outcome"] = async (method, path, init) => {
    const response = await send(method, path, init);
    const text = await response.text();
    const isError = response.status >= 400 && text.startsWith("{");
    return isError ? [response.status, JSON.parse(text).errors[0].code] : [response.status];
  };
  return {
    ...registry,
    send,
    outcome,
    async putBlob(repository, content) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const digest = digestOf(bytes);
      await send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
      return digest;
    },
    putManifest: (path, document, contentType = document.mediaType ?? mediaTypes.ociManifest) =>
      outcome("PUT", path, { body: JSON.stringify(document), headers: { "content-type": contentType } }),
    async push(repository, tag, platforms = ["linux/amd64"]) {
      const image = await buildImage({ platforms, files: { "app/content.txt": `${repository}:${tag}` } });
      await pushImage({ origin, fetch: registry.fetch, repository, tag, image });
      return image;
    },
  };
}
