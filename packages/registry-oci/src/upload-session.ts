import { BayplanError, type CallOptions, isBayplanError, type RepositoryName } from "@bayplan/core";
import { type HttpResponse, onwardRefusal } from "@bayplan/runtime";
import { beginUpload } from "./begin-upload.ts";
import { registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";

/** An upload that was begun. */
export interface UploadSession {
  readonly repository: RepositoryName;
  /** Changes with every answer. */
  url: URL;
  /** The least that the registry accepts as a chunk that is not the last. */
  readonly minChunkBytes: number;
  /** For messages, as the beginning of a sentence. */
  readonly doing: string;
}

const maxChunkTries = 4;
// Large uploads take as long as they take; standing still is what ends them.
const timing = { callTimeoutMs: 3_600_000 };

/** Begins an upload. Repeating the start costs at most a forgotten session. */
export async function startUpload(
  client: RegistryClient,
  target: { readonly repository: RepositoryName; readonly doing: string },
  options: CallOptions,
): Promise<UploadSession> {
  const { repository, doing } = target;
  const request = { method: "POST", path: "blobs/uploads/", actions: "pull,push", retry: "idempotent" } as const;
  const started = await beginUpload(client, { repository, request, doing }, options);
  if (started.status !== 202) throw registryError(started, doing);
  const minChunkBytes = Number(/^\d{1,10}$/.exec(started.headers.get("oci-chunk-min-length") ?? "")?.[0] ?? 0);
  return { repository, doing, url: uploadUrl(started, doing), minChunkBytes };
}

/** Ends an upload: with all of its bytes, or after the last chunk without any. */
export async function finishUpload(
  client: RegistryClient,
  session: UploadSession,
  options: CallOptions & {
    readonly digest: string;
    readonly size: number;
    readonly body?: Uint8Array | (() => AsyncIterable<Uint8Array>);
  },
): Promise<void> {
  const { digest, size, body, ...call } = options;
  const url = new URL(session.url);
  url.searchParams.set("digest", digest);
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(body === undefined ? 0 : size),
  };
  const finish = { method: "PUT", url, actions: "pull,push", headers, body: body ?? new Uint8Array() } as const;
  const finished = await client.request(session.repository, { ...finish, retry: "never", ...timing }, call);
  if (finished.status !== 201 && finished.status !== 204) throw registryError(finished, session.doing);
}

/**
 * Sends one chunk. When the answer is lost, the registry is asked how far it got, and only the rest is sent again.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export async function sendChunk(
  client: RegistryClient,
  session: UploadSession,
  options: CallOptions & { readonly bytes: Uint8Array; readonly start: number },
): Promise<void> {
  const { bytes, start, ...call } = options;
  const end = start + bytes.byteLength;
  let at = start;
  for (let tries = 1; at < end; tries += 1) {
    const outcome = await patch(client, session, { ...call, bytes: bytes.subarray(at - start), start: at });
    if (outcome === undefined) return;
    if (tries === maxChunkTries) throw outcome;
    at = await storedBytes(client, session, call);
    if (at < start || at > end) throw outcome;
  }
}

/** Gives an upload up; a registry that does not know how (GHCR answers 405) forgets it by itself. */
export async function cancelUpload(
  client: RegistryClient,
  upload: { readonly repository: RepositoryName; readonly started: HttpResponse } | UploadSession,
  options: CallOptions,
): Promise<void> {
  try {
    const url = "url" in upload ? upload.url : uploadUrl(upload.started, "Cancelling an upload");
    await client.request(upload.repository, { method: "DELETE", url, actions: "pull,push", retry: "never" }, options);
  } catch (error) {
    if (isBayplanError(error) && error.code === "CANCELLED") throw error;
  }
}

async function patch(
  client: RegistryClient,
  session: UploadSession,
  options: CallOptions & { readonly bytes: Uint8Array; readonly start: number },
): Promise<BayplanError | undefined> {
  const { bytes, start, ...call } = options;
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(bytes.byteLength),
    "content-range": `${start}-${start + bytes.byteLength - 1}`,
  };
  const request = { method: "PATCH", url: session.url, actions: "pull,push", headers, body: bytes } as const;
  try {
    const response = await client.request(session.repository, { ...request, retry: "never", ...timing }, call);
    if (response.status === 202 || response.status === 204 || response.status === 201) {
      session.url = uploadUrl(response, session.doing);
      return undefined;
    }
    const error = registryError(response, session.doing);
    if (response.status === 416 || error.code === "UNAVAILABLE" || error.code === "RATE_LIMITED") return error;
    throw error;
  } catch (error) {
    if (isBayplanError(error) && (error.code === "UNAVAILABLE" || error.code === "TIMEOUT")) return error;
    throw error;
  }
}

async function storedBytes(client: RegistryClient, session: UploadSession, call: CallOptions): Promise<number> {
  const status = { method: "GET", url: session.url, actions: "pull,push" } as const;
  const response = await client.request(session.repository, status, call);
  if (response.status !== 204 && response.status !== 202 && response.status !== 200)
    throw registryError(response, session.doing);
  if (response.headers.get("location") !== undefined) session.url = uploadUrl(response, session.doing);
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers.get("range") ?? "")?.[1];
  // `0-0` is what registries say of an upload without any bytes, too; chunks of one byte are not sent.
  return last === undefined || last === "0" ? 0 : Number(last) + 1;
}

/**
 * Where the upload goes on. The bytes follow it without the registry's credentials, but they are not for every address:
 * what a redirect may not do, a `Location` may not either.
 */
function uploadUrl(response: HttpResponse, doing: string): URL {
  const location = response.headers.get("location");
  const url =
    location !== undefined && URL.canParse(location, response.url) ? new URL(location, response.url) : undefined;
  const why = url === undefined ? "it names no address" : onwardRefusal(new URL(response.url), url);
  if (url !== undefined && why === undefined) return url;
  throw new BayplanError(
    "RESPONSE_INVALID",
    `${doing} failed: where the registry wants the upload to go is not accepted: ${why}. Ask its operator.`,
  );
}
