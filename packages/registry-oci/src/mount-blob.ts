import { type CallOptions, type DigestReference, formatRepository, type RepositoryName } from "@bayplan/core";
import { beginUpload } from "./begin-upload.ts";
import { registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";
import { cancelUpload } from "./upload-session.ts";

/**
 * Makes a blob of another repository of the same registry appear in this one, without moving its bytes. `false`: the
 * registry would not, and the blob has to be uploaded; why does not matter, the upload will tell.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
 */
export async function mountBlob(
  client: RegistryClient,
  order: { readonly target: RepositoryName; readonly from: DigestReference },
  options: CallOptions,
): Promise<boolean> {
  const { target, from } = order;
  if (target.registry !== from.registry) return false;
  const query = new URLSearchParams({ mount: from.digest, from: from.repository });
  const path = `blobs/uploads/?${query}`;
  const request = { method: "POST", path, actions: "pull,push", from: from.repository, retry: "idempotent" } as const;
  const doing = `Mounting a blob in ${formatRepository(target)}`;
  const response = await beginUpload(client, { repository: target, request, doing }, options);
  if (response.status === 201) return true;
  // The usual refusal: an ordinary upload was begun instead, which nobody will continue.
  if (response.status === 202) await cancelUpload(client, { repository: target, started: response }, options);
  else {
    const error = registryError(response, doing);
    // Harbor answers 401 for a source it does not know: https://github.com/goharbor/harbor/issues/17097
    const isRefusal = response.status >= 400 && response.status < 500 && error.code !== "RATE_LIMITED";
    if (!isRefusal || error.code === "UNAVAILABLE") throw error;
  }
  return false;
}
