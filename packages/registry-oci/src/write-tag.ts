import {
  BayplanError,
  type CallOptions,
  type Clock,
  type Digest,
  type DigestReference,
  type Expected,
  formatReference,
  formatRepository,
  isBayplanError,
  matchesDigest,
  parseTag,
  type RepositoryName,
  type Resolution,
  type StoredBytes,
  type TagReceipt,
  type TagReference,
  tagReference,
} from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import type { FallbackIndex } from "./fallback-index.ts";
import { listReferrer } from "./list-referrer.ts";
import { registryError } from "./oci-errors.ts";
import { fetchManifest, resolveReference } from "./read-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";

/**
 * Stores a manifest under its digest. With an `index`, one that has a `subject` of which the registry takes no notice (it
 * answers without `OCI-Subject`) is listed under the fallback tag.
 */
export async function putManifest(
  client: RegistryClient,
  upload: { repository: RepositoryName; manifest: StoredBytes },
  options: CallOptions & { readonly index?: FallbackIndex | undefined },
): Promise<void> {
  const { repository, manifest } = upload;
  const { index, ...call } = options;
  const { digest } = manifest.descriptor;
  const doing = `Storing ${digest} in ${formatRepository(repository)}`;
  if (!matchesDigest(manifest.bytes, digest)) {
    throw new BayplanError("DIGEST_MISMATCH", `${doing} was refused: the bytes have another digest.`);
  }
  const response = await putBytes(client, { ...upload, name: digest }, call);
  if (!isStored(response)) throw registryError(response, doing);
  const answered = response.headers.get("docker-content-digest");
  if (answered !== undefined && answered !== digest) {
    throw new BayplanError("DIGEST_MISMATCH", `${doing} failed: the registry stored it under another digest.`);
  }
  if (index !== undefined && response.headers.get("oci-subject") === undefined) {
    await listReferrer(index, { repository, manifest }, call);
  }
}

/**
 * Writes the bytes of `target` under a tag: look, compare, write, look again. No registry compares and swaps, so a
 * move in the moment of writing is noticed only afterwards. A write that was refused for now or lost is repeated, and
 * looked before every time: somebody else may have come while the registry kept us waiting.
 */
export async function writeTag(
  client: RegistryClient,
  order: { target: DigestReference; tag: string; expected: Expected },
  { clock, ...options }: WriteTagOptions,
): Promise<TagReceipt> {
  const { target, expected } = order;
  const name = tagReference(target, parseTag(order.tag));
  const doing = `Tagging ${formatReference(name)}`;
  const look = (): Promise<Digest | undefined> => lookAtTag(client, name, options);

  const before = await look();
  const previous: Expected = before === undefined ? { absent: true } : { digest: before };
  if (before === target.digest) return { guarantee: "checked", previous, changed: false };
  if (before !== ("digest" in expected ? expected.digest : undefined)) throw moved(doing, before, "before");
  const manifest = await fetchManifest(client, target, options);
  if (manifest === undefined) {
    throw new BayplanError("NOT_FOUND", `${doing} failed: ${formatReference(target)} does not exist.`);
  }
  for (let writes = 1; ; writes += 1) {
    const refusal = await tryPut(client, { repository: target, manifest, name: name.tag }, options);
    // A registry that says how long is waited for by every request to it, so also by the look.
    if (hasStatus(refusal, 429, 503) && writes < maxWrites)
      await clock.sleep(firstPauseMs * 2 ** (writes - 1), options);
    const after = await look();
    if (after === target.digest) return { guarantee: "checked", previous, changed: true };
    // A write that was lost or put off is repeated only while the tag still shows what it showed before it.
    if (after === before && isPassing(refusal) && writes < maxWrites) continue;
    if (refusal === undefined) throw moved(doing, after, "after");
    if (after !== before) throw moved(doing, after, "after");
    throw refusal instanceof BayplanError ? refusal : refusedTag(refusal, { doing, after });
  }
}

const maxWrites = 5;
const firstPauseMs = 250;

/** How a tag is written. */
interface WriteTagOptions extends CallOptions {
  readonly clock: Clock;
}

/** Whether another try may do better: the registry is busy, or nobody knows what became of the write. */
function isPassing(refusal: HttpResponse | BayplanError | undefined): boolean {
  if (refusal instanceof BayplanError) return true;
  return refusal !== undefined && (refusal.status >= 500 || refusal.status === 429);
}

function hasStatus(refusal: HttpResponse | BayplanError | undefined, ...statuses: readonly number[]): boolean {
  return refusal !== undefined && !(refusal instanceof BayplanError) && statuses.includes(refusal.status);
}

/** What a tag shows now; `undefined` if it does not exist. */
export async function lookAtTag(
  client: RegistryClient,
  name: TagReference,
  options: CallOptions,
): Promise<Digest | undefined> {
  return digestIn(await resolveReference(client, name, { ...options, denied: "error" }));
}

function digestIn(resolution: Resolution): Digest | undefined {
  return resolution.state === "present" ? resolution.descriptor.digest : undefined;
}

// A lost connection or a refusal does not tell what the tag shows now: the caller looks.
async function tryPut(
  client: RegistryClient,
  upload: { repository: RepositoryName; manifest: StoredBytes; name: string },
  options: CallOptions,
): Promise<HttpResponse | BayplanError | undefined> {
  try {
    const response = await putBytes(client, { ...upload, retry: "never" }, options);
    return isStored(response) ? undefined : response;
  } catch (error) {
    if (isBayplanError(error) && (error.code === "UNAVAILABLE" || error.code === "TIMEOUT")) return error;
    throw error;
  }
}

/** PUT of a manifest under a digest or tag. */
export function putBytes(
  client: RegistryClient,
  upload: { repository: RepositoryName; manifest: StoredBytes; name: string; retry?: "never" },
  options: CallOptions,
): Promise<HttpResponse> {
  const { manifest, name } = upload;
  const headers = { "content-type": manifest.descriptor.mediaType };
  const request = {
    method: "PUT",
    path: `manifests/${name}`,
    actions: "pull,push",
    headers,
    body: manifest.bytes,
    // Under a digest the same bytes can be put any number of times; under a tag a second time may overwrite somebody's.
    retry: upload.retry ?? (name === manifest.descriptor.digest ? "idempotent" : "refused"),
  } as const;
  return client.request(upload.repository, request, options);
}

/** Whether the answer to a PUT says that the manifest is stored. */
export function isStored(response: HttpResponse): boolean {
  return response.status === 201 || response.status === 200 || response.status === 202;
}

/** The error that a refused write of a tag means; `after` is what the tag shows. */
export function refusedTag(
  response: HttpResponse,
  context: { doing: string; after: Digest | undefined },
): BayplanError {
  const error = registryError(response, context.doing);
  const speaksOfImmutability =
    [400, 403, 409, 412].includes(response.status) &&
    /TAG_INVALID|immutab|already exists|TagAlreadyExists/i.test(new TextDecoder().decode(response.body));
  if (context.after === undefined || !speaksOfImmutability) return error;
  return new BayplanError(
    "TAG_IMMUTABLE",
    `${context.doing} was refused: the tag is immutable and shows ${context.after}. Choose another tag.`,
    { status: response.status },
  );
}

/** The error that says that a tag does not show what was expected. */
export function moved(doing: string, found: Digest | undefined, when: "before" | "after"): BayplanError {
  const shows = found === undefined ? "it does not exist" : `it shows ${found}`;
  const what = when === "before" ? "Nothing was written" : "Someone else wrote it at the same time";
  return new BayplanError("TAG_MOVED", `${doing} failed: ${shows}, which was not expected. ${what}; plan again.`);
}
