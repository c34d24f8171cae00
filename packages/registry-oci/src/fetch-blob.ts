import { BayplanError, type CallOptions, type DigestReference, formatReference, isBayplanError } from "@bayplan/core";
import type { HttpResponse, HttpStreamResponse } from "@bayplan/runtime";
import { type BlobDownload, createBlobDownload } from "./blob-download.ts";
import type { MirrorClient } from "./mirror-client.ts";
import { confirmAbsent, registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";

const maxResumes = 5;

/** Where in a blob to begin, and what to call the whole in messages. */
type BlobCall = CallOptions & { readonly doing: string; readonly from: number };

/**
 * The bytes of a blob, the last chunk only after all of it was verified. A download that breaks is taken up where it
 * ended, at most five times; the hash goes on, so that bytes of two different answers cannot pass for one blob.
 *
 * Mirrors are asked first. One that breaks off is followed by the next source, from where it ended; one that gives
 * something else by the registry itself, from the beginning. Of a mirror's bytes the last 16 MiB are held back until
 * they are verified: only when bytes before that were wrong, and have been passed on, is there `DIGEST_MISMATCH`.
 */
export async function* fetchBlob(
  client: RegistryClient,
  reference: DigestReference,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const doing = `Reading the blob ${formatReference(reference)}`;
  const download = createBlobDownload(reference.digest, doing);
  for (const mirror of client.mirrors(reference)) {
    yield* fromMirror(mirror, download, { ...options, reference, doing });
    if (download.received > 0 && download.isWhole()) return yield* download.rest();
  }
  for (;;) {
    const { received: from, isDoubtful } = download;
    try {
      yield* download.take(resumedChunks(client, reference, { ...options, doing, from }), "registry");
    } catch (error) {
      // Where a mirror gave more than there is, nothing can follow.
      if (!isDoubtful || !isBayplanError(error) || error.code !== "RESPONSE_INVALID") throw error;
    }
    if (download.isWhole()) return yield* download.rest();
    if (!isDoubtful) throw new BayplanError("DIGEST_MISMATCH", `${doing} gave content that has another digest.`);
    download.restart();
  }
}

/** What a mirror gives of a blob, from where the download is. One that gives something wrong is left out from now on. */
async function* fromMirror(
  mirror: MirrorClient,
  download: BlobDownload,
  options: CallOptions & { readonly reference: DigestReference; readonly doing: string },
): AsyncGenerator<Uint8Array> {
  const { reference, doing, ...call } = options;
  const from = download.received;
  const path = `blobs/${reference.digest}`;
  const response = await mirror.stream({ path, headers: rangeFrom(from) }, call);
  if (response === undefined) return;
  try {
    yield* download.take(bodyFrom(response, { from, doing }), "mirror");
    if (download.isWhole()) return;
    download.restart();
  } catch (error) {
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
    if (error.code === "DIGEST_MISMATCH") download.restart();
  }
  mirror.failed();
}

async function* resumedChunks(
  client: RegistryClient,
  reference: DigestReference,
  options: BlobCall,
): AsyncGenerator<Uint8Array> {
  let from = options.from;
  for (let resumes = 0; ; resumes += 1) {
    const body = await open(client, reference, { ...options, from });
    try {
      for await (const chunk of body) {
        from += chunk.byteLength;
        yield chunk;
      }
      return;
    } catch (error) {
      const isBroken = isBayplanError(error) && (error.code === "UNAVAILABLE" || error.code === "TIMEOUT");
      if (!isBroken || resumes === maxResumes) throw error;
    }
  }
}

async function open(
  client: RegistryClient,
  reference: DigestReference,
  options: BlobCall,
): Promise<AsyncIterable<Uint8Array>> {
  const { doing, from, ...call } = options;
  const request = {
    method: "GET",
    path: `blobs/${reference.digest}`,
    actions: "pull",
    headers: rangeFrom(from),
  } as const;
  const response = await client.stream(reference, request, call);
  if (response.status !== 200 && (response.status !== 206 || from === 0)) throw await refused(response, doing);
  return bodyFrom(response, { from, doing });
}

function rangeFrom(from: number): Record<string, string> {
  return from === 0 ? {} : { range: `bytes=${from}-` };
}

/** The body of an answer that gives a blob, from a place on. */
function bodyFrom(
  response: HttpResponse | HttpStreamResponse,
  { from, doing }: { readonly from: number; readonly doing: string },
): AsyncIterable<Uint8Array> {
  const { body } = response;
  const chunks = body instanceof Uint8Array ? inOnePiece(body) : body;
  if (from === 0 && response.status === 200) return chunks;
  // A registry that does not know ranges gives everything again.
  if (response.status === 200) return withoutFirst(chunks, from);
  if (new RegExp(`^bytes ${from}-`).test(response.headers.get("content-range") ?? "")) return chunks;
  throw new BayplanError("RESPONSE_INVALID", `${doing} failed: the registry continued at another place than asked.`);
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function refused(response: HttpResponse | HttpStreamResponse, doing: string): Promise<BayplanError> {
  const failed = { ...response, body: await collectBytes(response.body) };
  if (response.status === 404) confirmAbsent(failed, doing);
  return registryError(failed, doing);
}

async function* withoutFirst(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    if (left < chunk.byteLength) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.byteLength);
  }
}

/** All bytes of a body, whether they are there already or not. */
export async function collectBytes(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const all: Uint8Array[] = [];
  for await (const chunk of body) all.push(chunk);
  return new Uint8Array(Buffer.concat(all));
}
