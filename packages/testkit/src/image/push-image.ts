import { type Digest, isBayplanError, type StoredBytes } from "@bayplan/core";
import type { BuiltImage } from "./build-image.ts";
import {
  expectStatus,
  maxTries,
  openRegistrySession,
  type RegistryAccess,
  type RegistrySession,
} from "./registry-session.ts";

/** Where a built image goes. */
export interface PushImageOptions extends RegistryAccess {
  /** Path inside the registry. */
  readonly repository: string;
  /** Default none: the image can then be found by its digest only. */
  readonly tag?: string;
  readonly image: BuiltImage;
}

/**
 * Pushes blobs, then manifests, then the tag, as a builder does, and gives the digest that the tag names.
 *
 * @throws BayplanError `UNAUTHORIZED`, `NOT_FOUND` or `UNAVAILABLE` with the registry's answer.
 */
export async function pushImage(options: PushImageOptions): Promise<Digest> {
  const { repository, image } = options;
  const session = openRegistrySession(options);
  for (const blob of image.blobs) await persistently(() => pushBlob(session, repository, blob));
  for (const child of image.children) {
    await persistently(() => pushManifest(session, { repository, target: child.descriptor.digest, manifest: child }));
  }
  await persistently(() =>
    pushManifest(session, { repository, target: options.tag ?? image.digest, manifest: image.root }),
  );
  return image.digest;
}

// Distribution 2.8 answers 500 to one of two who store the same blob at once, and a connection that breaks
// as an upload ends leaves open whether the blob is there: the next try looks first.
async function persistently(push: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await push();
    } catch (error) {
      const isPassing =
        error instanceof TypeError || (isBayplanError(error) && ["NOT_FOUND", "UNAVAILABLE"].includes(error.code));
      if (!isPassing || tries === maxTries) throw error;
    }
  }
}

async function pushBlob(session: RegistrySession, repository: string, blob: StoredBytes): Promise<void> {
  const { digest } = blob.descriptor;
  // Docker Hub says 401 of a repository that is not there yet; who may not push is told so by the upload.
  const looked = await session(`/v2/${repository}/blobs/${digest}`, { method: "HEAD" });
  const found = await expectStatus(looked, 200, 401, 404);
  if (found.status === 200) return;
  const started = await expectStatus(await session(`/v2/${repository}/blobs/uploads/`, { method: "POST" }), 202);
  const location = new URL(started.headers.get("location") ?? "", "http://relative.invalid");
  location.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  const finished = await session(`${location.pathname}${location.search}`, {
    method: "PUT",
    headers,
    body: blob.bytes,
  });
  await expectStatus(finished, 201);
}

async function pushManifest(
  session: RegistrySession,
  put: { readonly repository: string; readonly target: string; readonly manifest: StoredBytes },
): Promise<void> {
  const response = await session(`/v2/${put.repository}/manifests/${put.target}`, {
    method: "PUT",
    headers: { "content-type": put.manifest.descriptor.mediaType },
    body: put.manifest.bytes,
  });
  await expectStatus(response, 201);
}
