import {
  BayplanError,
  type CallOptions,
  type Digest,
  digestReference,
  formatReference,
  type TagReference,
} from "@bayplan/core";
import { confirmAbsent, registryError } from "./oci-errors.ts";
import { fetchManifest, resolveReference } from "./read-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";
import { lookAtTag, putBytes } from "./write-tag.ts";

/**
 * Takes a tag away by DELETE on the tag, which registries may offer or not; never by the digest. Looks before whether the
 * tag shows what is expected, and afterwards whether the image is still there: a registry that deletes the image with
 * the tag gets it back, under this tag alone. A tag that does not exist is done.
 *
 * @throws BayplanError `TAG_MOVED` when the tag shows another digest, `UNSUPPORTED` where the registry does not do it, or
 * deletes the image.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-tags
 */
export async function untag(
  client: RegistryClient,
  order: { readonly target: TagReference; readonly expected: Digest },
  options: CallOptions,
): Promise<void> {
  const { target, expected } = order;
  const doing = `Removing the tag ${formatReference(target)}`;
  const shown = await lookAtTag(client, target, options);
  if (shown === undefined) return;
  if (shown !== expected) {
    const message = `${doing} was refused: it shows ${shown} instead of ${expected}. Nothing was removed; plan again.`;
    throw new BayplanError("TAG_MOVED", message, { refusal: "tag-moved-since-plan" });
  }
  const image = digestReference(target, expected);
  const manifest = await fetchManifest(client, image, options);
  const request = { method: "DELETE", path: `manifests/${target.tag}`, actions: "delete,pull" } as const;
  const response = await client.request(target, request, options);
  if (response.status === 404) return confirmAbsent(response, doing);
  if (response.status === 400 || response.status === 405) {
    const message = `${doing} was refused (${response.status}): the registry does not remove tags. Nothing was removed.`;
    throw new BayplanError("UNSUPPORTED", message, { status: response.status, refusal: "untag-unsupported" });
  }
  if (response.status < 200 || response.status >= 300) throw registryError(response, doing);
  // Not to be cancelled any more: what follows may have to repair.
  const left = await resolveReference(client, image, { denied: "error" });
  if (left.state !== "absent" || manifest === undefined) return;
  const stored = await putBytes(client, { repository: target, manifest, name: target.tag }, {});
  if (stored.status < 200 || stored.status >= 300) throw registryError(stored, `${doing}: storing ${expected} again`);
  const message = `${doing} went too far: the registry deleted the image with it. It was stored again under this tag; other tags of it may be lost. Do not let this adapter remove tags.`;
  throw new BayplanError("UNSUPPORTED", message, { refusal: "untag-would-delete" });
}
