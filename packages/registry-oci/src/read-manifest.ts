import {
  BayplanError,
  type CallOptions,
  type Descriptor,
  type Digest,
  digestOf,
  formatReference,
  isBayplanError,
  isDigest,
  manifestMediaTypes,
  matchesDigest,
  mediaTypes,
  parseTag,
  type Reference,
  type Resolution,
  type StoredBytes,
} from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { parseJsonBody } from "./json-body.ts";
import type { MirrorClient } from "./mirror-client.ts";
import { confirmAbsent, isPage, registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";
import { ManifestShape } from "./schema.ts";

// All four: a registry that is asked for fewer converts, or answers 404 for what it does have.
const accept = manifestMediaTypes.join(", ");
const maxManifestBytes = 8 * 1024 * 1024;

/** The exact bytes of a manifest, verified; `undefined` means absent. 401 and 403 throw. */
export async function fetchManifest(
  client: RegistryClient,
  reference: Reference,
  options: CallOptions,
): Promise<StoredBytes | undefined> {
  const doing = `Reading ${formatReference(reference)}`;
  const path = pathOf(reference);
  const request = { path, headers: { accept }, maxBytes: maxManifestBytes };
  for (const mirror of reference.kind === "digest" ? client.mirrors(reference) : []) {
    const stored = await fromMirror(mirror, { ...request, reference, doing }, options);
    if (stored !== undefined) return stored;
  }
  const response = await client.request(reference, { method: "GET", actions: "pull", ...request }, options);
  if (response.status === 404) {
    confirmAbsent(response, doing);
    return undefined;
  }
  if (response.status !== 200) throw registryError(response, doing);
  return verified(response, reference, doing);
}

// Illegal tags are answered in strange ways (ECR: HEAD 400 without a body), or would lead elsewhere: `../x`.
function pathOf(reference: Reference): string {
  return `manifests/${reference.kind === "tag" ? parseTag(reference.tag) : reference.digest}`;
}

/** What a mirror gives, if it is the manifest; a mirror that gives something else is left out from now on. */
async function fromMirror(
  mirror: MirrorClient,
  request: Parameters<MirrorClient["request"]>[0] & { readonly reference: Reference; readonly doing: string },
  options: CallOptions,
): Promise<StoredBytes | undefined> {
  const { reference, doing, ...content } = request;
  const response = await mirror.request(content, options);
  if (response === undefined) return undefined;
  try {
    if (response.status === 200) return verified(response, reference, doing);
  } catch (error) {
    if (!isBayplanError(error)) throw error;
  }
  mirror.failed();
  return undefined;
}

/**
 * What a reference points at. HEAD first, which is cheap and does not count for pull limits; GET when its answer is not
 * enough to be sure.
 */
export async function resolveReference(
  client: RegistryClient,
  reference: Reference,
  options: CallOptions & { denied: "error" | "denied-or-absent" },
): Promise<Resolution> {
  const path = pathOf(reference);
  const request = { method: "HEAD", path, actions: "pull", headers: { accept } } as const;
  const response = await client.request(reference, request, options);
  const { status } = response;
  if (status === 200) {
    const descriptor = describedByHead(response, reference);
    if (descriptor !== undefined) return { state: "present", descriptor };
  } else if (status === 404) {
    if (!isPage(response)) {
      confirmAbsent(response, `Resolving ${formatReference(reference)}`);
      return { state: "absent" };
    }
  } else if (status !== 405 && status !== 501 && status !== 400) {
    const error = registryError(response, `Resolving ${formatReference(reference)}`);
    const isRefusal = error.code === "UNAUTHORIZED" || error.code === "DENIED";
    if (isRefusal && options.denied === "denied-or-absent") return { state: "denied-or-absent" };
    throw error;
  }
  const stored = await fetchManifest(client, reference, options);
  return stored === undefined ? { state: "absent" } : { state: "present", descriptor: stored.descriptor };
}

function describedByHead(response: HttpResponse, reference: Reference): Descriptor | undefined {
  const digest = response.headers.get("docker-content-digest") ?? "";
  const mediaType = essence(response.headers.get("content-type"));
  const size = response.headers.get("content-length") ?? "";
  if (!isDigest(digest) || !/^[1-9]\d{0,14}$/.test(size) || !isManifestType(mediaType)) return undefined;
  if (reference.kind === "digest" && sameAlgorithm(digest, reference.digest) && digest !== reference.digest) {
    throw mismatch(reference, digest);
  }
  const name = reference.kind === "digest" ? reference.digest : digest;
  return { mediaType, digest: name, size: Number(size) };
}

function verified(response: HttpResponse, reference: Reference, doing: string): StoredBytes {
  const { body: bytes } = response;
  const header = response.headers.get("docker-content-digest");
  if (isPage(response)) {
    throw new BayplanError(
      "RESPONSE_INVALID",
      `${doing} was answered by a web page. Check the host name and any proxy.`,
    );
  }
  if (header !== undefined && !isDigest(header)) {
    // Not quoted: a server may repeat there what it was sent.
    throw new BayplanError("RESPONSE_INVALID", `${doing} gave a digest in its headers that is none.`);
  }
  for (const claimed of [header, reference.kind === "digest" ? reference.digest : undefined]) {
    if (claimed !== undefined && !matchesDigest(bytes, claimed)) throw mismatch(reference, digestOf(bytes));
  }
  const digest = reference.kind === "digest" ? reference.digest : (header ?? digestOf(bytes));
  const declared = essence(response.headers.get("content-type"));
  const mediaType = isManifestType(declared) ? declared : mediaTypeOf(bytes);
  if (mediaType === undefined) {
    throw new BayplanError("RESPONSE_INVALID", `${doing} gave something that is not a manifest. Check the host name.`);
  }
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes };
}

function isManifestType(mediaType: string): boolean {
  return manifestMediaTypes.includes(mediaType) || mediaType.startsWith("application/vnd.");
}

/**
 * The media type that a manifest gives itself, by name or by its shape; `undefined` for what is none. Some registries and
 * stores behind them answer `application/json` or nothing: then the document has to say it.
 */
export function mediaTypeOf(bytes: Uint8Array): string | undefined {
  const parsed = ManifestShape.safeParse(parseJsonBody(bytes));
  if (!parsed.success) return undefined;
  const { mediaType, manifests, config, layers } = parsed.data;
  if (mediaType !== undefined && isManifestType(mediaType)) return mediaType;
  if (manifests !== undefined) return mediaTypes.ociIndex;
  return config !== undefined && layers !== undefined ? mediaTypes.ociManifest : undefined;
}

function essence(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function sameAlgorithm(left: Digest, right: Digest): boolean {
  return left.slice(0, 7) === right.slice(0, 7);
}

function mismatch(reference: Reference, found: Digest): BayplanError {
  return new BayplanError(
    "DIGEST_MISMATCH",
    `${formatReference(reference)} came with content whose digest is ${found}: it was damaged or replaced on the way.`,
  );
}
