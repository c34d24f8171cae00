import {
  BayplanError,
  type CallOptions,
  type Digest,
  type DigestReference,
  digestOf,
  formatReference,
  isBayplanError,
  mediaTypes,
  tagReference,
} from "@bayplan/core";
import type { FallbackIndex } from "./fallback-index.ts";
import { type IndexEntry, writeIndex } from "./index-entries.ts";
import { resolveReference } from "./read-manifest.ts";
import { fallbackTag } from "./referrers.ts";
import type { RegistryClient } from "./registry-client.ts";
import { lookAtTag } from "./write-tag.ts";

interface ListedReferrer {
  readonly target: DigestReference;
  readonly subject: DigestReference;
  readonly index: FallbackIndex;
  /** Deletes the target. */
  readonly remove: () => Promise<void>;
  /** Whether a tag other than the fallback tag, or an index, leads to a manifest. */
  readonly isUsed: (digest: Digest) => boolean;
}

/**
 * Takes a referrer out of the index under the fallback tag of its subject, and deletes it. In this order, because it can
 * be repeated after every failure: once the manifest is gone, nobody knows what it referred to. Where it is not deleted
 * it is listed again.
 *
 * An index that is empty then is deleted by its digest, if nothing else leads to it. That cannot take away one that has
 * got an entry, because that one has another digest; where the registry refuses, the empty index stays.
 */
export async function deleteListedReferrer(
  client: RegistryClient,
  referrer: ListedReferrer,
  call: CallOptions,
): Promise<void> {
  const { target, subject, index, remove } = referrer;
  const entry = await unlist(referrer, call);
  try {
    await remove();
  } catch (error) {
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
    const look = await resolveReference(client, target, { ...call, denied: "error" }).catch(() => undefined);
    if (look?.state !== "absent") {
      const add = (entries: readonly IndexEntry[]) =>
        entry === undefined || entries.some((one) => one.digest === target.digest) ? entries : [...entries, entry];
      await index.change(subject, add, call).catch((cause: unknown) => {
        const message = `${error.message} It was taken out of the list of referrers of ${subject.digest} for that, and could not be listed again. Delete it again, or store it again.`;
        throw new BayplanError(error.code, message, { cause });
      });
      throw error;
    }
  }
  await dropEmpty(client, referrer, call);
}

async function unlist(referrer: ListedReferrer, call: CallOptions): Promise<IndexEntry | undefined> {
  const { target, subject, index } = referrer;
  let taken: IndexEntry | undefined;
  const take = (entries: readonly IndexEntry[]) => {
    const found = entries.find((entry) => entry.digest === target.digest);
    taken = found ?? taken;
    return found === undefined ? entries : entries.filter((entry) => entry.digest !== target.digest);
  };
  try {
    await index.change(subject, take, call);
    return taken;
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    const message = `Deleting ${formatReference(target)} was refused: it could not be taken out of the list of referrers of ${subject.digest}. It was not deleted; deleting it again is safe. ${error.message}`;
    throw new BayplanError(error.code, message, { cause: error });
  }
}

async function dropEmpty(client: RegistryClient, referrer: ListedReferrer, call: CallOptions): Promise<void> {
  const { subject, isUsed } = referrer;
  // Only what was written here and has nothing else in it, so that its bytes say all there is to know.
  const empty = digestOf(writeIndex(mediaTypes.ociIndex, []));
  if (isUsed(empty)) return;
  const name = tagReference(subject, fallbackTag(subject.digest));
  const shown = await lookAtTag(client, name, call).catch(() => undefined);
  if (shown !== empty) return;
  const request = { method: "DELETE", path: `manifests/${empty}`, actions: "delete,pull" } as const;
  // The referrer itself is deleted: an empty list that stays behind is no reason to fail.
  await client.request(subject, request, call).catch(() => undefined);
}
