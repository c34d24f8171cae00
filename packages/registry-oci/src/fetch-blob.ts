import { createHash } from "node:crypto";
import {
  BayplanError,
  type CallOptions,
  type Digest,
  type DigestReference,
  formatReference,
  isBayplanError,
} from "@bayplan/core";
import type { HttpResponse, HttpStreamResponse } from "@bayplan/runtime";
import { confirmAbsent, registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";

const maxResumes = 5;

/**
 * The bytes of a blob, the last chunk only after all of it was verified. A download that breaks is taken up where it
 * ended, at most five times; the hash goes on, so that bytes of two different answers cannot pass for one blob.
 */
export async function* fetchBlob(
  client: RegistryClient,
  reference: DigestReference,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const doing = `Reading the blob ${formatReference(reference)}`;
  yield* verifiedChunks(resumedChunks(client, reference, { ...options, doing }), reference.digest, doing);
}

async function* resumedChunks(
  client: RegistryClient,
  reference: DigestReference,
  options: CallOptions & { readonly doing: string },
): AsyncGenerator<Uint8Array> {
  const { doing, ...call } = options;
  let received = 0;
  for (let resumes = 0; ; resumes += 1) {
    const body = await open(client, reference, { ...call, doing, from: received });
    try {
      for await (const chunk of body) {
        received += chunk.byteLength;
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
  options: CallOptions & { readonly doing: string; readonly from: number },
): Promise<AsyncIterable<Uint8Array>> {
  const { doing, from, ...call } = options;
  const range: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
  const request = { method: "GET", path: `blobs/${reference.digest}`, actions: "pull", headers: range } as const;
  const response = await client.stream(reference, request, call);
  if (from > 0 && response.status === 206 && !(response.body instanceof Uint8Array)) {
    if (new RegExp(`^bytes ${from}-`).test(response.headers.get("content-range") ?? "")) return response.body;
    throw new BayplanError("RESPONSE_INVALID", `${doing} failed: the registry continued at another place than asked.`);
  }
  if (response.body instanceof Uint8Array || response.status !== 200) throw await refused(response, doing);
  return from === 0 ? response.body : withoutFirst(response.body, from);
}

async function refused(response: HttpResponse | HttpStreamResponse, doing: string): Promise<BayplanError> {
  const failed = { ...response, body: await collectBytes(response.body) };
  if (response.status === 404) confirmAbsent(failed, doing);
  return registryError(failed, doing);
}

// A registry that does not know ranges gives everything again.
async function* withoutFirst(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    if (left < chunk.byteLength) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.byteLength);
  }
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

/** All bytes of a body, whether they are there already or not. */
export async function collectBytes(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const all: Uint8Array[] = [];
  for await (const chunk of body) all.push(chunk);
  return new Uint8Array(Buffer.concat(all));
}

/** The hash that a digest names. */
export function algorithmOf(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}
