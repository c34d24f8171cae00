import { createHash } from "node:crypto";
import {
  BayplanError,
  type CallOptions,
  type Descriptor,
  formatRepository,
  isBayplanError,
  type RepositoryName,
} from "@bayplan/core";
import { algorithmOf } from "./blob-download.ts";
import { cancellable } from "./cancellable.ts";
import { collectBytes } from "./fetch-blob.ts";
import { registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";
import { cancelUpload, finishUpload, sendChunk, startUpload } from "./upload-session.ts";

/** A blob to store. */
interface BlobUpload {
  readonly repository: RepositoryName;
  readonly descriptor: Descriptor;
  readonly content: AsyncIterable<Uint8Array>;
}

const chunkBytes = 16 * 1024 * 1024;

/**
 * Stores a blob unless it is there. Up to `maxBufferedBytes` are kept in memory, sent in one piece and sent again when
 * that fails; more is sent in chunks of at most 16 MiB, of which each is taken up where it broke.
 */
export async function putBlob(
  client: RegistryClient,
  upload: BlobUpload,
  options: CallOptions & { readonly maxBufferedBytes: number },
): Promise<void> {
  const { maxBufferedBytes, ...call } = options;
  if (await hasBlob(client, upload, call)) return;
  if (upload.descriptor.size <= maxBufferedBytes) await putAtOnce(client, upload, call);
  else await putInChunks(client, upload, { ...call, chunkBytes: Math.max(2, Math.min(chunkBytes, maxBufferedBytes)) });
}

async function putAtOnce(client: RegistryClient, upload: BlobUpload, call: CallOptions): Promise<void> {
  const { repository, descriptor } = upload;
  const { digest, size } = descriptor;
  const doing = `Storing a blob in ${formatRepository(repository)}`;
  const body = await collectBytes(checkedContent(cancellable(upload.content, call), descriptor, doing));
  for (let attempt = 1; ; attempt += 1) {
    const session = await startUpload(client, { repository, doing }, call);
    try {
      return await finishUpload(client, session, { ...call, digest, size, body });
    } catch (error) {
      if (!mayHaveArrived(error)) throw error;
      if (await hasBlob(client, upload, call)) return;
      if (attempt === 2) throw error;
    }
  }
}

async function putInChunks(
  client: RegistryClient,
  upload: BlobUpload,
  options: CallOptions & { readonly chunkBytes: number },
): Promise<void> {
  const { chunkBytes: wantedBytes, ...call } = options;
  const { repository, descriptor } = upload;
  const doing = `Storing a blob in ${formatRepository(repository)}`;
  const session = await startUpload(client, { repository, doing }, call);
  try {
    let start = 0;
    const content = checkedContent(cancellable(upload.content, call), descriptor, doing);
    for await (const bytes of inPieces(content, Math.max(wantedBytes, session.minChunkBytes))) {
      await sendChunk(client, session, { ...call, bytes, start });
      start += bytes.byteLength;
    }
    await finishUpload(client, session, { ...call, digest: descriptor.digest, size: descriptor.size });
  } catch (error) {
    if (mayHaveArrived(error) && (await hasBlob(client, upload, call))) return;
    if (!isBayplanError(error) || error.code !== "CANCELLED") await cancelUpload(client, session, call);
    throw error;
  }
}

// The answer may have been lost after the blob was stored; the session is gone then, but the blob can be asked for.
function mayHaveArrived(error: unknown): boolean {
  return isBayplanError(error) && ["UNAVAILABLE", "TIMEOUT", "NOT_FOUND"].includes(error.code);
}

async function hasBlob(
  client: RegistryClient,
  blob: { readonly repository: RepositoryName; readonly descriptor: Descriptor },
  options: CallOptions,
): Promise<boolean> {
  const request = { method: "HEAD", path: `blobs/${blob.descriptor.digest}`, actions: "pull,push" } as const;
  const response = await client.request(blob.repository, request, options);
  if (response.status === 404 || response.status === 405) return false;
  if (response.status === 200) return true;
  throw registryError(response, `Looking for a blob in ${formatRepository(blob.repository)}`);
}

async function* inPieces(content: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content) {
    held.push(chunk);
    length += chunk.byteLength;
    while (length >= bytes) {
      const all = Buffer.concat(held);
      yield all.subarray(0, bytes);
      held = [all.subarray(bytes)];
      length -= bytes;
    }
  }
  if (length > 0) yield Buffer.concat(held);
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
