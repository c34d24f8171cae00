import {
  BayplanError,
  type BayplanErrorOptions,
  type CallOptions,
  type DeleteOrder,
  type DeleteOutcome,
  type Digest,
  type DigestReference,
  digestReference,
  formatReference,
  isBayplanError,
  mediaTypes,
  type RepositoryName,
  refusalOfTags,
  tagReference,
} from "@bayplan/core";
import { deleteListedReferrer } from "./delete-listed-referrer.ts";
import { describeReferrer } from "./describe-referrer.ts";
import type { FallbackIndex } from "./fallback-index.ts";
import { findParents, lookAtAllTags, type ShownTag } from "./manifest-uses.ts";
import { confirmAbsent, registryError } from "./oci-errors.ts";
import { fetchManifest, resolveReference } from "./read-manifest.ts";
import { fallbackTag } from "./referrers.ts";
import type { RegistryClient } from "./registry-client.ts";
import { lookAtTag } from "./write-tag.ts";

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
  order: DeleteOrder,
  options: DeleteOptions,
): Promise<void> {
  const { target } = order;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  if ((await resolveReference(client, target, { ...call, denied: "error" })).state === "absent") return;
  const { index, ...listing } = options;
  const shown = await lookAtAllTags(client, target, listing);
  // Other tags refuse it before anything is read.
  checkTags(order, shown);
  const parents = await findParents(client, { of: target, except: target.digest, shown }, call);
  await deleteLooked(client, order, { shown, parents, index, call });
}

/**
 * Deletes many manifests of one repository as {@link deleteManifest} does, in the order given, with one look at the tags
 * and indexes for every 50 of them; each is asked for again right before, with its expected tags. What fails stays and the
 * others go on, but after a rate limit nothing more is tried.
 *
 * @throws BayplanError what the look fails with, and `CANCELLED`; then some may be deleted.
 */
export async function deleteManifests(
  client: RegistryClient,
  batch: { readonly repository: RepositoryName; readonly orders: readonly DeleteOrder[] },
  options: DeleteOptions,
): Promise<readonly DeleteOutcome[]> {
  const { repository, orders } = batch;
  const { index, ...listing } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const outcomes: DeleteOutcome[] = [];
  let limit: BayplanError | undefined;
  for (let from = 0; from < orders.length; from += ordersForOneLook) {
    const part = orders.slice(from, from + ordersForOneLook);
    const shown = limit === undefined ? await lookAtAllTags(client, repository, listing) : [];
    const parents = await findParents(client, { of: repository, shown }, call);
    for (const order of part) {
      try {
        if (limit !== undefined) throw limit;
        if (await isAsLooked(client, order, call)) await deleteLooked(client, order, { shown, parents, index, call });
        outcomes.push([order.target, { deleted: true }]);
      } catch (error) {
        if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
        if (error.code === "RATE_LIMITED") limit = error;
        outcomes.push([order.target, { error }]);
      }
    }
  }
  return outcomes;
}

const ordersForOneLook = 50;

/** Whether it is still there. Throws `TAG_MOVED` when an expected tag shows something else by now. */
async function isAsLooked(
  client: RegistryClient,
  { target, expected }: DeleteOrder,
  call: CallOptions,
): Promise<boolean> {
  if ((await resolveReference(client, target, { ...call, denied: "error" })).state === "absent") return false;
  const tags: string[] = [];
  for (const tag of expected.tags) {
    if ((await lookAtTag(client, tagReference(target, tag), call)) === target.digest) tags.push(tag);
  }
  checkTags(
    { target, expected },
    tags.map((tag) => ({ tag, digest: target.digest, mediaType: "" })),
  );
  return true;
}

function checkTags({ target, expected }: DeleteOrder, shown: readonly ShownTag[]): void {
  const tags = tagsOf(shown, target.digest);
  const [found, wanted] = [tags, expected.tags].map((names) => [...new Set(names)].sort().join(", "));
  if (found === wanted) return;
  const message = `Deleting ${formatReference(target)} was refused: it is tagged with "${found}" instead of "${wanted}". Nothing was deleted; plan again.`;
  throw new BayplanError("TAG_MOVED", message, refusedFor(tags, expected.tags));
}

async function deleteLooked(
  client: RegistryClient,
  order: DeleteOrder,
  look: {
    readonly shown: readonly ShownTag[];
    readonly parents: ReadonlyMap<Digest, ReadonlySet<Digest>>;
    readonly index: FallbackIndex | undefined;
    readonly call: CallOptions;
  },
): Promise<void> {
  const { target, expected } = order;
  const { shown, parents, index, call } = look;
  const doing = `Deleting ${formatReference(target)}`;
  checkTags(order, shown);
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

function refusedFor(tags: readonly string[], expected: readonly string[]): BayplanErrorOptions {
  const refusal = refusalOfTags(tags, expected);
  return refusal === undefined ? {} : { refusal };
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
