import {
  BayplanError,
  type CallOptions,
  type DeleteExpectation,
  type Digest,
  type DigestReference,
  digestReference,
  formatReference,
  isIndexMediaType,
  parseManifest,
  type RegistryAdapter,
  refusalOfTags,
  tagReference,
} from "@bayplan/core";
import { errorFromResponse, type HttpResponse } from "@bayplan/runtime";
import { refuseForeign, refuseOfficial } from "./hub-repository.ts";
import type { ShownHubTag } from "./inventory.ts";
import { hidden } from "./untag.ts";

/** What a manifest is deleted with. */
interface ManifestDeleter {
  readonly registry: Pick<RegistryAdapter, "resolve" | "fetchManifest">;
  readonly showAllTags: (target: DigestReference, call: CallOptions) => Promise<readonly ShownHubTag[]>;
  readonly untag: NonNullable<RegistryAdapter["untag"]>;
  /** Sends the DELETE. */
  readonly send: (target: DigestReference, call: CallOptions) => Promise<HttpResponse>;
}

interface DeleteOrder {
  readonly target: DigestReference;
  readonly expected: DeleteExpectation;
}

/**
 * Deletes a manifest that is used exactly as expected. Docker Hub deletes nothing that a tag or an index leads to, and
 * says 403: so the deletion is tried as it is, and the expected tags are removed only where that is what stands in the
 * way. Whoever is not allowed to delete loses no tag.
 *
 * @throws BayplanError `TAG_MOVED` for other tags, `PLAN_STALE` for other uses, `CONFLICT` for an index that has to be
 * deleted before, `DENIED`, `UNAUTHORIZED`, `UNSUPPORTED`.
 */
export async function deleteManifest(
  deleter: ManifestDeleter,
  order: DeleteOrder,
  options: CallOptions,
): Promise<void> {
  const { target, expected } = order;
  refuseForeign(target);
  refuseOfficial(target);
  const doing = `Deleting ${formatReference(target)}`;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const { state } = await deleter.registry.resolve(target, call);
  if (state === "absent") return;
  if (state === "denied-or-absent") throw hidden(formatReference(target));
  const shown = await deleter.showAllTags(target, call);
  const tags = shown.filter((tag) => tag.digest === target.digest).map((tag) => tag.name);
  const [found, wanted] = [tags, expected.tags].map((names) => [...new Set(names)].sort());
  if (found?.join() !== wanted?.join()) {
    const message = `${doing} was refused: it is tagged with "${found?.join(", ")}" instead of "${wanted?.join(", ")}". Nothing was deleted; plan again.`;
    const refusal = refusalOfTags(tags, expected.tags) ?? "tag-moved-since-plan";
    throw new BayplanError("TAG_MOVED", message, { refusal });
  }
  await checkParents(deleter, { order, shown, doing }, call);
  const first = await deleter.send(target, call);
  if (first.status !== 403 || tags.length === 0)
    return await conclude(deleter, { order, response: first, doing }, call);
  for (const tag of tags) await deleter.untag(tagReference(target, tag), target.digest, call);
  const second = await deleter.send(target, call);
  await conclude(deleter, { order, response: second, doing: `${doing}, whose tags were removed,` }, call);
}

async function checkParents(
  deleter: ManifestDeleter,
  look: { readonly order: DeleteOrder; readonly shown: readonly ShownHubTag[]; readonly doing: string },
  call: CallOptions,
): Promise<void> {
  const { order, shown, doing } = look;
  // What the list does not call by its type may be an index, too.
  const mayContain = (tag: ShownHubTag) => tag.mediaType === undefined || isIndexMediaType(tag.mediaType);
  const indexes = new Set(shown.filter(mayContain).map((tag) => tag.digest));
  const parents = new Set<Digest>();
  // The set grows while it is walked: an index inside a tagged one keeps what it contains, too.
  for (const index of indexes) {
    if (index === order.target.digest) continue;
    const stored = await deleter.registry.fetchManifest(digestReference(order.target, index), call);
    const manifest = stored === undefined ? undefined : parseManifest(stored);
    for (const child of manifest?.kind === "index" ? manifest.manifests : []) {
      if (child.digest === order.target.digest) parents.add(index);
      if (isIndexMediaType(child.mediaType)) indexes.add(child.digest);
    }
  }
  for (const parent of parents) {
    if (!order.expected.parents.includes(parent)) {
      const message = `${doing} was refused: ${parent} contains it, which was not expected. Nothing was deleted; plan again.`;
      throw new BayplanError("PLAN_STALE", message);
    }
  }
  const [parent] = parents;
  if (parent === undefined) return;
  const message = `${doing} was refused: Docker Hub keeps what an index contains. Delete ${parent} first.`;
  throw new BayplanError("CONFLICT", message);
}

async function conclude(
  { registry }: ManifestDeleter,
  last: { readonly order: DeleteOrder; readonly response: HttpResponse; readonly doing: string },
  call: CallOptions,
): Promise<void> {
  const { order, response, doing } = last;
  const { status } = response;
  if (status >= 200 && status < 300) return;
  // 500 may mean that it goes on in the background, 404 that an answer before this one was lost.
  const mayBeDone = status === 404 || status >= 500;
  if (mayBeDone && (await registry.resolve(order.target, call)).state === "absent") return;
  if (status === 403) {
    const message = `${doing} was refused: Docker Hub says that a tag or another image still uses it. Plan again.`;
    throw new BayplanError("PLAN_STALE", message, { status, refusal: "registry-refused" });
  }
  if (status === 401) {
    const message = `${doing} was refused: the credentials do not allow it. Use a password, or an access token with the scope to delete, of an account that may delete there.`;
    throw new BayplanError("DENIED", message, { status });
  }
  const error = errorFromResponse(response, doing);
  throw status === 405 ? new BayplanError("UNSUPPORTED", error.message, { status }) : error;
}
