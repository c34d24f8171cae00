import {
  BayplanError,
  type CallOptions,
  type Clock,
  type DigestReference,
  type Expected,
  formatReference,
  isBayplanError,
  parseTag,
  type StoredBytes,
  type TagReceipt,
  type TagReference,
  tagReference,
} from "@bayplan/core";
import { fetchManifest } from "./read-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";
import { isStored, lookAtTag, moved, putBytes, writeTag } from "./write-tag.ts";

/** A tag to be written and what it is expected to show before. */
export interface TagOrder {
  readonly tag: string;
  readonly expected: Expected;
}

/** Writes several tags on one manifest. */
export type TagMany = (
  target: DigestReference,
  orders: readonly TagOrder[],
  options: CallOptions,
) => Promise<readonly TagReceipt[]>;

/**
 * Several tags by one PUT where the registry echoes them in `OCI-Tag`, else one by one. All are looked at first, and
 * none is written when one is not as expected; all are looked at afterwards.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-tags
 */
export function createTagMany(client: RegistryClient, clock: Clock): TagMany {
  // Registries that have been seen to ignore `?tag=`: asking them again costs a request for nothing.
  const lacking = new Set<string>();
  return async (target, orders, options) => {
    const wanted = orders.map(({ tag, expected }) => ({ name: tagReference(target, parseTag(tag)), expected }));
    const before = await Promise.all(wanted.map(({ name }) => lookAtTag(client, name, options)));
    for (const [at, { name, expected }] of wanted.entries()) {
      const shown = before[at];
      if (shown !== target.digest && shown !== ("digest" in expected ? expected.digest : undefined))
        throw moved(`Tagging ${formatReference(name)}`, shown, "before");
    }
    const pending = wanted.filter((_, at) => before[at] !== target.digest);
    const written = new Set<string>();
    if (pending.length > 1 && !lacking.has(target.registry)) {
      const doing = `Tagging ${formatReference(target)}`;
      const manifest = await fetchManifest(client, target, options);
      if (manifest === undefined) throw new BayplanError("NOT_FOUND", `${doing} failed: it does not exist.`);
      const names = pending.map(({ name }) => name);
      const echoed = await putTags(client, { target, manifest, names }, options);
      for (const tag of echoed ?? []) written.add(tag);
      if (echoed !== undefined && echoed.length === 0) lacking.add(target.registry);
    }
    await Promise.all(
      pending.map(async ({ name, expected }) => {
        if (!written.has(name.tag)) {
          await writeTag(client, { target, tag: name.tag, expected }, { ...options, clock });
          return;
        }
        const after = await lookAtTag(client, name, options);
        if (after !== target.digest) throw moved(`Tagging ${formatReference(name)}`, after, "after");
      }),
    );
    return before.map((shown) => ({
      guarantee: "checked",
      previous: shown === undefined ? { absent: true } : { digest: shown },
      changed: shown !== target.digest,
    }));
  };
}

/** The tags that the registry says it wrote; `undefined` when the one PUT failed, and each has to be tried alone. */
async function putTags(
  client: RegistryClient,
  order: { readonly target: DigestReference; readonly manifest: StoredBytes; readonly names: readonly TagReference[] },
  options: CallOptions,
): Promise<readonly string[] | undefined> {
  const { target, manifest, names } = order;
  const query = names.map(({ tag }) => `tag=${encodeURIComponent(tag)}`).join("&");
  try {
    const name = `${target.digest}?${query}`;
    // Not repeated: by then the tags may show something else. Whoever tries them one by one looks first.
    const response = await putBytes(client, { repository: target, manifest, name, retry: "never" }, options);
    if (!isStored(response)) return undefined;
    return response.headers
      .getAll("oci-tag")
      .flatMap((value) => value.split(",").map((tag) => tag.trim()))
      .filter(Boolean);
  } catch (error) {
    if (isBayplanError(error) && (error.code === "UNAVAILABLE" || error.code === "TIMEOUT")) return undefined;
    throw error;
  }
}
