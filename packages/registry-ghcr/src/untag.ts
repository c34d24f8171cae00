import {
  BayplanError,
  type CallOptions,
  type Clock,
  type Digest,
  digestReference,
  formatReference,
  isBayplanError,
  type RegistryAdapter,
  type StoredBytes,
  type TagReference,
  throwIfCancelled,
} from "@bayplan/core";
import { createDummy, isDummyFor } from "./dummy-manifest.ts";
import { hiddenIsDenied, type Packages } from "./packages.ts";

/** What a tag is removed with. */
interface UntagContext {
  readonly registry: Pick<RegistryAdapter, "resolve" | "fetchManifest" | "putManifest" | "tag">;
  readonly packages: Packages;
  readonly clock: Clock;
}

interface UntagOrder {
  readonly target: TagReference;
  /** What the tag must show, and what it shows again if it cannot be removed. */
  readonly expected: Digest;
  readonly doing: string;
}

// A minute in all. Lists were seen to lag by seconds.
const pollMs = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/**
 * Removes one tag and nothing else. GitHub deletes versions only, with all their tags, so the tag is moved to a dummy
 * that exists only once, and the version of that dummy is deleted: the one whose digest is the dummy's and whose only tag
 * is this one. It is waited for up to a minute; a version is never looked up by tag.
 *
 * From the moment when the tag shows the dummy, the signal is not heeded: either the tag goes, or it shows the expected
 * digest again. After a crash in between it shows the dummy; calling again with the same arguments finishes.
 *
 * @throws BayplanError `TAG_MOVED` when the tag shows something else, `NOT_FOUND`; `UNSUPPORTED` where the dummy would be
 * the last tagged version (`problems[0].found` is `last-tagged-version`); `UNAVAILABLE` when the dummy does not become
 * visible or the tag does not go; whatever the deletion throws. The sentence says if the tag could not be put back.
 * @see https://docs.github.com/rest/packages/packages#delete-package-version-for-an-organization
 */
export async function untag(
  target: TagReference,
  expected: Digest,
  context: UntagContext & { readonly call: CallOptions },
): Promise<void> {
  const { registry, call } = context;
  const order = { target, expected, doing: `Removing the tag ${formatReference(target)}` };
  const shown = await digestAt(target, context, call);
  if (shown === undefined) return;
  const original = await registry.fetchManifest(digestReference(target, expected), call);
  if (original === undefined) {
    throw new BayplanError("NOT_FOUND", `${order.doing} failed: ${expected} does not exist. Nothing was changed.`);
  }
  if (shown !== expected) {
    const stored = await registry.fetchManifest(digestReference(target, shown), call);
    const isLeftOver = stored !== undefined && isDummyFor(stored, { tag: target.tag, digest: expected });
    if (!isLeftOver) throw movedBefore(order, shown);
    return await removeDummy(order, shown, context);
  }
  await refuseLastTagged(order, context, call).catch((error: unknown) => {
    throw hiddenIsDenied(error);
  });
  const dummy = createDummy(original, { tag: target.tag, digest: expected });
  await registry.putManifest(target, dummy, call);
  throwIfCancelled(call.signal);
  await placeDummy(order, dummy, context);
  await removeDummy(order, dummy.descriptor.digest, context);
}

async function placeDummy(order: UntagOrder, dummy: StoredBytes, context: UntagContext): Promise<void> {
  const { target, expected } = order;
  const { digest } = dummy.descriptor;
  try {
    await context.registry.tag(digestReference(target, digest), target.tag, { digest: expected });
  } catch (error) {
    // Written or not: what is to be done follows from what the tag shows.
    const shown = await digestAt(target, context, {}).catch(() => undefined);
    if (shown === digest) return;
    await discard(order, digest, context);
    throw error;
  }
}

async function removeDummy(order: UntagOrder, dummy: Digest, context: UntagContext): Promise<void> {
  const { target, doing } = order;
  try {
    const id = await findDummy(order, dummy, context);
    if (id === undefined) {
      const message = `${doing} failed: GitHub did not list the new manifest within a minute.`;
      throw new BayplanError("UNAVAILABLE", message, { refusal: "dummy-version-not-visible" });
    }
    const outcome = await context.packages.remove(target, id, {});
    if (outcome === "not-found" && (await digestAt(target, context, {})) === dummy) {
      const message = `${doing} failed: GitHub answered 404. The token needs delete:packages and the role Admin in the package.`;
      throw new BayplanError("DENIED", message, { status: 404 });
    }
  } catch (error) {
    const shown = await digestAt(target, context, {}).catch(() => dummy);
    // The answer to the deletion may have been lost, and not the deletion.
    if (shown === undefined) return;
    throw hiddenIsDenied(shown === dummy ? await putBack(order, dummy, { ...context, error }) : error);
  }
  for (const waitMs of [0, ...pollMs]) {
    if (waitMs > 0) await context.clock.sleep(waitMs);
    // Gone, or written by somebody else since: both mean that our part is done.
    if ((await digestAt(target, context, {})) !== dummy) return;
  }
  const message = `${doing} is not confirmed: GitHub deleted it, but the registry still shows it. Try again later.`;
  throw new BayplanError("UNAVAILABLE", message);
}

/** The id of the version that is the dummy, under this tag alone; `undefined` when it does not appear. */
async function findDummy(
  { target }: UntagOrder,
  dummy: Digest,
  { packages, clock }: UntagContext,
): Promise<number | undefined> {
  for (const waitMs of [0, ...pollMs]) {
    if (waitMs > 0) await clock.sleep(waitMs);
    for await (const page of packages.pages(target, {})) {
      const version = page.find(({ digest }) => digest === dummy);
      if (version === undefined) continue;
      if (version.tags.length === 1 && version.tags[0] === target.tag) return version.id;
      break;
    }
  }
  return undefined;
}

/** Lets the tag show what it showed before, and gives the error to throw. */
async function putBack(
  order: UntagOrder,
  dummy: Digest,
  context: UntagContext & { readonly error: unknown },
): Promise<unknown> {
  const { target, expected, doing } = order;
  const { error } = context;
  try {
    await context.registry.tag(digestReference(target, expected), target.tag, { digest: dummy });
  } catch (failure) {
    const why = isBayplanError(failure) ? failure.code : "unknown";
    const code = isBayplanError(error) ? error.code : "UNAVAILABLE";
    const message = `${doing} failed (${code}), and the tag could not be put back (${why}): it shows ${dummy}. Call again to finish, or tag ${expected} again.`;
    return new BayplanError(code, message);
  }
  await discard(order, dummy, context);
  return error;
}

/** Deletes a dummy that no tag shows, if it can be found; it does no harm where it stays. */
async function discard({ target }: UntagOrder, dummy: Digest, { packages }: UntagContext): Promise<void> {
  try {
    const version = (await packages.all(target, {})).find(({ digest }) => digest === dummy);
    const fresh = version === undefined ? undefined : await packages.read(target, version.id, {});
    if (fresh?.digest === dummy && fresh.tags.length === 0) await packages.remove(target, fresh.id, {});
  } catch {
    // The error that led here says more.
  }
}

/** GitHub would refuse to delete the dummy; known before anything is written. */
async function refuseLastTagged(
  { target, doing }: UntagOrder,
  { packages }: UntagContext,
  call: CallOptions,
): Promise<void> {
  for await (const page of packages.pages(target, call)) {
    if (page.some(({ tags }) => tags.some((tag) => tag !== target.tag))) return;
  }
  throw new BayplanError(
    "UNSUPPORTED",
    `${doing} was refused: it is the last tag of the package, which GitHub keeps. Delete the whole package instead.`,
    { problems: [{ path: "version", found: "last-tagged-version", expected: "a package with another tag" }] },
  );
}

async function digestAt(
  target: TagReference,
  { registry }: Pick<UntagContext, "registry">,
  call: CallOptions,
): Promise<Digest | undefined> {
  const shown = await registry.resolve(target, call);
  if (shown.state === "present") return shown.descriptor.digest;
  if (shown.state === "absent") return undefined;
  const message = `GitHub does not say whether ${formatReference(target)} is there. Check the token's access to the package.`;
  throw new BayplanError("DENIED", message);
}

function movedBefore({ doing, expected }: UntagOrder, shown: Digest): BayplanError {
  const message = `${doing} was refused: it shows ${shown} instead of ${expected}. Nothing was changed; plan again.`;
  return new BayplanError("TAG_MOVED", message);
}
