import {
  BayplanError,
  type CallOptions,
  type DeleteExpectation,
  type Digest,
  type DigestReference,
  digestReference,
  formatReference,
  mediaTypes,
} from "@bayplan/core";
import { deleteListedReferrer } from "./delete-listed-referrer.ts";
import { describeReferrer } from "./describe-referrer.ts";
import type { FallbackIndex } from "./fallback-index.ts";
import { findParents, lookAtAllTags, type ShownTag } from "./manifest-uses.ts";
import { confirmAbsent, registryError } from "./oci-errors.ts";
import { fetchManifest, resolveReference } from "./read-manifest.ts";
import { fallbackTag } from "./referrers.ts";
import type { RegistryClient } from "./registry-client.ts";

type DeleteOptions = CallOptions & {
  readonly pageSize: number;
  readonly maxPages: number;
  /** For the indexes under fallback tags; without it those are indexes like others. */
  readonly index?: FallbackIndex | undefined;
};

/**
 * Deletes a manifest by its digest after looking whether it is still used as expected: the tags that show it must be
 * the expected ones, and no index beside the expected parents may contain it. Nothing is deleted otherwise. Indexes are
 * found from the tags down, at any depth: the specification knows no list of others, so those cannot be seen. Nor can it
 * delete on a condition: what happens between the look and the deletion is not noticed.
 *
 * The index that lists it as a referrer, under the fallback tag of its subject, is no parent: the manifest is taken out
 * of that first, and put back when the registry does not delete it.
 *
 * @throws BayplanError `TAG_MOVED` for other tags, `PLAN_STALE` for other parents, `UNSUPPORTED` where the registry
 * does not delete.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 */
export async function deleteManifest(
  client: RegistryClient,
  order: { readonly target: DigestReference; readonly expected: DeleteExpectation },
  options: DeleteOptions,
): Promise<void> {
  const { target, expected } = order;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const doing = `Deleting ${formatReference(target)}`;
  const look = { ...call, denied: "error" } as const;
  if ((await resolveReference(client, target, look)).state === "absent") return;
  const { index, ...listing } = options;
  const shown = await lookAtAllTags(client, target, listing);
  const tags = shown.filter((one) => one.digest === target.digest).map((one) => one.tag);
  const [found, wanted] = [tags, expected.tags].map((names) => [...new Set(names)].sort().join(", "));
  if (found !== wanted) {
    const message = `${doing} was refused: it is tagged with "${found}" instead of "${wanted}". Nothing was deleted; plan again.`;
    throw new BayplanError("TAG_MOVED", message);
  }
  const parents = await findParents(client, { except: target, shown }, call);
  const own = [...(parents.get(target.digest) ?? [])];
  const list = index === undefined || own.length === 0 ? undefined : await listOf(client, { target, shown }, call);
  for (const parent of own) {
    if (expected.parents.includes(parent) || (parent === list?.digest && tagsOf(shown, parent).length === 1)) continue;
    const message = `${doing} was refused: ${parent} contains it, which was not expected. Nothing was deleted; plan again.`;
    throw new BayplanError("PLAN_STALE", message);
  }
  const remove = async (): Promise<void> => {
    const path = `manifests/${target.digest}`;
    const response = await client.request(target, { method: "DELETE", path, actions: "delete,pull" }, call);
    if (response.status === 404) return confirmAbsent(response, doing);
    if (response.status < 200 || response.status >= 300) throw registryError(response, doing);
  };
  if (index === undefined || list === undefined || !own.includes(list.digest)) return remove();
  const isUsed = (digest: Digest): boolean =>
    tagsOf(shown, digest).some((tag) => tag !== list.tag) || parents.has(digest);
  await deleteListedReferrer(client, { target, subject: list.subject, index, remove, isUsed }, call);
}

function tagsOf(shown: readonly ShownTag[], digest: Digest): readonly string[] {
  return shown.filter((one) => one.digest === digest).map((one) => one.tag);
}

/** Where the target would be listed as a referrer, if there is such a tag. */
async function listOf(
  client: RegistryClient,
  from: { readonly target: DigestReference; readonly shown: readonly ShownTag[] },
  call: CallOptions,
): Promise<(ShownTag & { readonly subject: DigestReference }) | undefined> {
  const stored = await fetchManifest(client, from.target, call);
  const subject = stored === undefined ? undefined : describeReferrer(stored)?.subject;
  if (subject === undefined) return undefined;
  const list = from.shown.find((one) => one.tag === fallbackTag(subject) && one.mediaType === mediaTypes.ociIndex);
  return list === undefined ? undefined : { ...list, subject: digestReference(from.target, subject) };
}
