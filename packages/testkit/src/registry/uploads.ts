import { type Digest, isDigest, matchesDigest } from "@bayplan/core";
import { refusal } from "./refusal.ts";
import { bodyOf, digestOrRefuse, type RegistryCall, type RegistryContext } from "./registry-context.ts";
import type { UploadSession } from "./upload-sessions.ts";

/**
 * POST: opens an upload, or finishes at once by `?digest=` or by mounting. Without `from`, a blob is mounted from
 * whichever repository has it.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
 */
export async function startUpload(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const { repository, url, request } = call;
  const mount = url.searchParams.get("mount");
  const source = url.searchParams.get("from");
  if (mount !== null) {
    const wanted = digestOrRefuse(mount);
    for (const name of source === null ? context.catalog.names() : [source]) {
      const bytes = await context.catalog.readBlob(name, wanted);
      if (bytes !== undefined) return finish(context, repository, { digest: wanted, bytes });
    }
  }
  const digest = url.searchParams.get("digest");
  if (digest !== null) {
    return finish(context, repository, { digest: digestOrRefuse(digest), bytes: await bodyOf(request) });
  }
  return accepted(context.uploads.open(repository), 202);
}

/**
 * PATCH: appends a chunk. With Content-Range it must continue where the last one ended, or is answered 416, at whichever
 * Location it comes.
 */
export async function appendChunk(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const { session, bytes } = await receive(context, call);
  context.uploads.append(session, bytes);
  return accepted(session, 202);
}

/** PUT: appends the last bytes, if any, and stores the blob under the digest, which must be right. */
export async function finishUpload(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const digest = digestOrRefuse(call.url.searchParams.get("digest"));
  const { session, bytes } = await receive(context, call);
  context.uploads.close(session);
  return finish(context, call.repository, { digest, bytes: Buffer.concat([session.received, bytes]) });
}

/** GET: how many bytes have arrived. */
export async function uploadStatus(context: RegistryContext, call: RegistryCall): Promise<Response> {
  return accepted(findSession(context, call, false), 204);
}

/** DELETE: forgets the upload. */
export async function cancelUpload(context: RegistryContext, call: RegistryCall): Promise<Response> {
  context.uploads.close(findSession(context, call, false));
  return new Response(null, { status: 204 });
}

async function finish(
  context: RegistryContext,
  repository: string,
  blob: { readonly digest: Digest; readonly bytes: Uint8Array },
): Promise<Response> {
  if (!isDigest(blob.digest) || !matchesDigest(blob.bytes, blob.digest)) {
    throw refusal(400, { code: "DIGEST_INVALID", message: "provided digest did not match uploaded content" });
  }
  await context.catalog.writeBlob(repository, blob.digest, blob.bytes);
  return new Response(null, {
    status: 201,
    headers: {
      location: `/v2/${repository}/blobs/${blob.digest}`,
      "docker-content-digest": blob.digest,
      "content-length": "0",
    },
  });
}

// The session is looked for again once the bytes are there: while they came, another request may have gone on with it.
async function receive(context: RegistryContext, call: RegistryCall) {
  findSession(context, call);
  const bytes = await bodyOf(call.request);
  const session = findSession(context, call);
  checkLength(call.request.headers.get("content-range"), bytes);
  return { session, bytes };
}

function findSession(context: RegistryContext, call: RegistryCall, isWriting = true): UploadSession {
  const session = context.uploads.find(call.repository, call.target);
  if (session === undefined) {
    throw refusal(404, { code: "BLOB_UPLOAD_UNKNOWN", message: "blob upload unknown to registry" });
  }
  if (!isWriting) return session;
  // Before the Location: a chunk sent again goes to an old one, and its client must learn where to go on.
  checkStart(session, call.request.headers.get("content-range"));
  if (call.url.searchParams.get("_state") !== session.state) {
    throw refusal(400, { code: "BLOB_UPLOAD_INVALID", message: "the upload goes on at the Location last answered" });
  }
  return session;
}

function checkStart(session: UploadSession, contentRange: string | null): void {
  const range = parseContentRange(contentRange);
  if (range === undefined || range.from === session.received.length) return;
  const message = "the chunk does not continue where the last one ended";
  throw refusal(416, { code: "BLOB_UPLOAD_INVALID", message }, progress(session));
}

function checkLength(contentRange: string | null, bytes: Uint8Array): void {
  const range = parseContentRange(contentRange);
  if (contentRange === null || (range !== undefined && range.to - range.from + 1 === bytes.length)) return;
  throw refusal(400, { code: "SIZE_INVALID", message: "Content-Range does not describe the bytes that came" });
}

function parseContentRange(text: string | null): { readonly from: number; readonly to: number } | undefined {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text ?? "") ?? [];
  return from === undefined ? undefined : { from: Number(from), to: Number(to) };
}

function accepted(session: UploadSession, status: 202 | 204): Response {
  const length = status === 202 ? { "content-length": "0" } : {};
  return new Response(null, { status, headers: { ...progress(session), ...length } });
}

function progress(session: UploadSession): Record<string, string> {
  return {
    location: `/v2/${session.repository}/blobs/uploads/${session.id}?_state=${session.state}`,
    range: `0-${Math.max(0, session.received.length - 1)}`,
    "docker-upload-uuid": session.id,
  };
}
