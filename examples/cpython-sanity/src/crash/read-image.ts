import { type Descriptor, manifestMediaTypes, parseDigest, parseManifest, type StoredBytes } from "@bayplan/core";
import type { BuiltImage, EmbeddedRegistry } from "@bayplan/testkit";

/** An image with all its content, as it can be pushed elsewhere. */
export async function readImage(
  registry: EmbeddedRegistry,
  { repository, digest }: { readonly repository: string; readonly digest: string },
): Promise<BuiltImage> {
  const read = async (path: string, mediaType?: string): Promise<StoredBytes> => {
    const headers = { accept: manifestMediaTypes.join(", ") };
    const answer = await registry.fetch(new Request(`http://seed.invalid/v2/${repository}/${path}`, { headers }));
    if (answer.status !== 200) throw new Error(`${repository} has no ${path}.`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const descriptor: Descriptor = {
      mediaType: mediaType ?? answer.headers.get("content-type") ?? "",
      digest: parseDigest(path.slice(path.indexOf("/") + 1)),
      size: bytes.length,
    };
    return { descriptor, bytes };
  };
  const root = await read(`manifests/${digest}`);
  const parsed = parseManifest(root);
  const children =
    parsed.kind === "index"
      ? await Promise.all(parsed.manifests.map((child) => read(`manifests/${child.digest}`)))
      : [];
  const images = [root, ...children].map((stored) => parseManifest(stored));
  const blobs = new Map(
    images.flatMap((image) =>
      image.kind === "index" ? [] : [image.config, ...image.layers].map((blob) => [blob.digest, blob] as const),
    ),
  );
  const contents = [...blobs.values()].map((blob) => read(`blobs/${blob.digest}`, blob.mediaType));
  return { digest: root.descriptor.digest, root, children, blobs: await Promise.all(contents), platforms: {} };
}
