import {
  BayplanError,
  type CallOptions,
  digestReference,
  formatRepository,
  isBayplanError,
  type RepositoryName,
  type StoredBytes,
} from "@bayplan/core";
import { describeReferrer } from "./describe-referrer.ts";
import type { FallbackIndex } from "./fallback-index.ts";
import type { IndexEntry } from "./index-entries.ts";

/**
 * Adds a stored manifest to the index under the fallback tag of its subject; nothing without a subject, or when it is
 * there.
 *
 * @throws BayplanError as {@link FallbackIndex.change} does. The message says that the manifest itself is stored: storing
 * it again repeats the listing.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject
 */
export async function listReferrer(
  index: FallbackIndex,
  referrer: { readonly repository: RepositoryName; readonly manifest: StoredBytes },
  options: CallOptions,
): Promise<void> {
  const { repository, manifest } = referrer;
  const described = describeReferrer(manifest);
  if (described === undefined) return;
  const { subject, descriptor } = described;
  const { digest } = descriptor;
  const entry: IndexEntry = { text: JSON.stringify(descriptor), digest };
  const add = (entries: readonly IndexEntry[]) =>
    entries.some((one) => one.digest === digest) ? entries : [...entries, entry];
  try {
    await index.change(digestReference(repository, subject), add, options);
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    const message = `${formatRepository(repository)}@${digest} is stored, but not listed among the referrers of ${subject}, of which this registry takes no notice. Storing it again is safe and lists it. ${error.message}`;
    throw new BayplanError(error.code, message, {
      cause: error,
      ...(error.status === undefined ? {} : { status: error.status }),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    });
  }
}
