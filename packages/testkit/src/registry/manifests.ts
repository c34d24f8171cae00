import { type Digest, digestOf, isDigest, isTag, matchesDigest } from "@bayplan/core";
import { withHeaderLines } from "../header-lines.ts";
import { checkReferences, maxManifestBytes, parsePushedManifest } from "./manifest-checks.ts";
import { refusal } from "./refusal.ts";
import { bodyOf, existing, type RegistryCall, type RegistryContext } from "./registry-context.ts";

/** GET and HEAD of a manifest: exact bytes, and only if the client accepts their media type by name. */
export async function getManifest(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const digest = findDigest(context, call);
  const found = digest === undefined ? undefined : existing(context, call.repository).manifests.get(digest);
  if (found === undefined) throw manifestUnknown(`manifest unknown: ${call.target}`);
  // docker-registry 2.8 answers this too, and does not count `*/*` as accepting OCI types.
  if (!acceptedTypes(call.request).includes(found.mediaType)) {
    throw manifestUnknown(`${found.mediaType} found, but the accept header does not name it`);
  }
  const headers = {
    "content-type": found.mediaType,
    "content-length": String(found.size),
    "docker-content-digest": found.digest,
    etag: `"${found.digest}"`,
  };
  if (call.request.headers.get("if-none-match") === headers.etag) {
    return new Response(null, { status: 304, headers: { etag: headers.etag } });
  }
  if (call.request.method === "HEAD") return new Response(null, { status: 200, headers });
  const stored = await context.catalog.readManifest(call.repository, found.digest);
  if (stored === undefined) throw manifestUnknown(`manifest unknown: ${call.target}`);
  return new Response(stored.bytes, { status: 200, headers });
}

/**
 * PUT of a manifest by tag or digest, with everything it names already there. By digest, every `?tag=` is written
 * along, all of them or none, and echoed by one OCI-Tag line each.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-tags
 */
export async function putManifest(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const { repository, target, request } = call;
  checkTarget(target);
  const tags = isDigest(target) ? [...new Set(call.url.searchParams.getAll("tag"))] : [target];
  for (const tag of tags) checkTag(tag);
  const bytes = await bodyOf(request);
  if (bytes.length > maxManifestBytes) {
    throw refusal(413, { code: "SIZE_INVALID", message: `manifest larger than ${maxManifestBytes} bytes` });
  }
  if (isDigest(target) && !matchesDigest(bytes, target)) {
    throw refusal(400, { code: "DIGEST_INVALID", message: "provided digest did not match uploaded content" });
  }
  const digest = isDigest(target) ? target : digestOf(bytes);
  const mediaType = request.headers.get("content-type")?.split(";")[0]?.trim() ?? "";
  const stored = { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  const manifest = parsePushedManifest(stored);
  await checkReferences(context.catalog, repository, manifest);
  const mayTag = (tag: string): void => checkMutable(context, { repository, tag });
  await context.catalog.writeManifest(repository, stored, { names: tags, mayTag });
  const subject = manifest.subject?.digest;
  const headers = {
    location: `/v2/${repository}/manifests/${digest}`,
    "docker-content-digest": digest,
    "content-length": "0",
    ...(subject === undefined ? {} : { "oci-subject": subject }),
  };
  const created = new Response(null, { status: 201, headers });
  return isDigest(target) && tags.length > 0 ? withHeaderLines(created, { "oci-tag": tags }) : created;
}

/** DELETE by digest takes all tags on it along; DELETE by tag takes the tag alone. */
export async function deleteManifest(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const digest = findDigest(context, call);
  if (digest === undefined) throw manifestUnknown(`manifest unknown: ${call.target}`);
  if (isDigest(call.target)) await context.catalog.deleteManifest(call.repository, digest);
  else await context.catalog.deleteTag(call.repository, call.target);
  return new Response(null, { status: 202, headers: { "content-length": "0" } });
}

// What no manifest can be called is not there either, as in docker-registry: 400 to DELETE would mean "unsupported".
function findDigest(context: RegistryContext, call: RegistryCall): Digest | undefined {
  const { manifests, tags } = existing(context, call.repository);
  if (!isDigest(call.target)) return tags.get(call.target);
  return manifests.has(call.target) ? call.target : undefined;
}

function checkTarget(target: string): void {
  if (isDigest(target) || isTag(target)) return;
  if (target.includes(":")) {
    throw refusal(400, { code: "DIGEST_INVALID", message: "provided digest is not a supported digest" });
  }
  checkTag(target);
}

function checkTag(tag: string): void {
  if (!isTag(tag)) throw refusal(400, { code: "TAG_INVALID", message: `"${tag}" is not a legal tag` });
}

// As Amazon ECR does, even the digest that is there already is refused: clients must look before they conclude.
function checkMutable(context: RegistryContext, { repository, tag }: { repository: string; tag: string }): void {
  if (context.catalog.repository(repository)?.tags.has(tag) !== true) return;
  if (!context.isImmutable(repository, tag)) return;
  const message = `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the tag is immutable.`;
  throw refusal(400, { code: "TAG_INVALID", message });
}

function acceptedTypes(request: Request): readonly string[] {
  return (request.headers.get("accept") ?? "").split(",").map((type) => type.split(";")[0]?.trim() ?? "");
}

function manifestUnknown(message: string): Error {
  return refusal(404, { code: "MANIFEST_UNKNOWN", message });
}
