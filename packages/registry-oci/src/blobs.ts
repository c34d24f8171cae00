import { createHash } from "node:crypto";
import {
  BayplanError,
  type CallOptions,
  type Descriptor,
  type Digest,
  type DigestReference,
  formatReference,
  formatRepository,
  isBayplanError,
  type RepositoryName,
} from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { confirmAbsent, registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";

const maxBufferedBytes = 64 * 1024 * 1024;

/** The bytes of a blob, the last chunk only after all of it was verified. */
export async function* fetchBlob(
  client: RegistryClient,
  reference: DigestReference,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const doing = `Reading the blob ${formatReference(reference)}`;
  const request = { method: "GET", path: `blobs/${reference.digest}`, actions: "pull" } as const;
  const response = await client.stream(reference, request, options);
  if (response.body instanceof Uint8Array || response.status !== 200) {
    const failed = { ...response, body: await collectText(response.body) };
    if (response.status === 404) confirmAbsent(failed, doing);
    throw registryError(failed, doing);
  }
  yield* verifiedChunks(response.body, reference.digest, doing);
}

async function* verifiedChunks(
  chunks: AsyncIterable<Uint8Array>,
  digest: Digest,
  doing: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(algorithmOf(digest));
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  const found = `${algorithmOf(digest)}:${hash.digest("hex")}`;
  if (found !== digest) throw new BayplanError("DIGEST_MISMATCH", `${doing} gave content with the digest ${found}.`);
  if (held !== undefined) yield held;
}

/** Stores a blob unless it is there. Up to 64 MiB are kept in memory and can be sent again; more is streamed once. */
export async function putBlob(
  client: RegistryClient,
  upload: { repository: RepositoryName; descriptor: Descriptor; content: AsyncIterable<Uint8Array> },
  options: CallOptions,
): Promise<void> {
  const { repository, descriptor, content } = upload;
  if (await hasBlob(client, upload, options)) return;
  const checked = checkedContent(content, descriptor, `Storing a blob in ${formatRepository(repository)}`);
  const bytes = descriptor.size <= maxBufferedBytes ? await collect(checked) : undefined;
  const body = bytes ?? (() => checked);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await uploadOnce(client, { repository, descriptor, body }, options);
    } catch (error) {
      // The answer may have been lost after the blob was stored; an upload session cannot be asked, the blob can.
      if (!isBayplanError(error) || !mayHaveArrived(error)) throw error;
      if (await hasBlob(client, upload, options)) return;
      if (bytes === undefined || attempt === 2) throw error;
    }
  }
}

function mayHaveArrived(error: BayplanError): boolean {
  return error.code === "UNAVAILABLE" || error.code === "TIMEOUT" || error.code === "NOT_FOUND";
}

async function hasBlob(
  client: RegistryClient,
  blob: { repository: RepositoryName; descriptor: Descriptor },
  options: CallOptions,
): Promise<boolean> {
  const request = { method: "HEAD", path: `blobs/${blob.descriptor.digest}`, actions: "pull,push" } as const;
  const response = await client.request(blob.repository, request, options);
  if (response.status === 404 || response.status === 405) return false;
  if (response.status === 200) return true;
  throw registryError(response, `Looking for a blob in ${formatRepository(blob.repository)}`);
}

async function uploadOnce(
  client: RegistryClient,
  upload: { repository: RepositoryName; descriptor: Descriptor; body: Uint8Array | (() => AsyncIterable<Uint8Array>) },
  options: CallOptions,
): Promise<void> {
  const { repository, descriptor, body } = upload;
  const doing = `Storing a blob in ${formatRepository(repository)}`;
  // Repeating the start costs at most a forgotten session.
  const start = { method: "POST", path: "blobs/uploads/", actions: "pull,push", retry: "idempotent" } as const;
  const started = await client.request(repository, start, options);
  if (started.status !== 202) throw registryError(started, doing);
  const url = uploadUrl(started, doing);
  url.searchParams.set("digest", descriptor.digest);
  const headers = { "content-type": "application/octet-stream", "content-length": String(descriptor.size) };
  const finish = { method: "PUT", url, actions: "pull,push", headers, body, retry: "never" } as const;
  const timing = { callTimeoutMs: 3_600_000 };
  const finished = await client.request(repository, { ...finish, ...timing }, options);
  if (finished.status !== 201 && finished.status !== 204) throw registryError(finished, doing);
}

function uploadUrl(response: HttpResponse, doing: string): URL {
  const location = response.headers.get("location");
  if (location !== undefined && URL.canParse(location, response.url)) return new URL(location, response.url);
  throw new BayplanError("RESPONSE_INVALID", `${doing} failed: the registry did not say where to upload to.`);
}

async function* checkedContent(
  content: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
  doing: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(algorithmOf(descriptor.digest));
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of content) {
    size += chunk.byteLength;
    if (size > descriptor.size) break;
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  // The last chunk is held back, so that a registry never sees an upload that is complete and wrong.
  if (size !== descriptor.size || !descriptor.digest.endsWith(`:${hash.digest("hex")}`)) {
    throw new BayplanError("DIGEST_MISMATCH", `${doing} was refused: the content is not that of ${descriptor.digest}.`);
  }
  if (held !== undefined) yield held;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return new Uint8Array(Buffer.concat(all));
}

async function collectText(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return body instanceof Uint8Array ? body : collect(body);
}

function algorithmOf(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}
