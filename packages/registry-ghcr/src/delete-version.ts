import {
  BayplanError,
  type CallOptions,
  type DeleteExpectation,
  type DeleteOrder,
  type Digest,
  type DigestReference,
  digestReference,
  formatReference,
  isIndexMediaType,
  parseManifest,
  type RegistryAdapter,
  type RemovalRefusal,
  type RepositoryName,
  refusalOfTags,
  tagReference,
} from "@bayplan/core";
import { type DescribeContext, describeVersions } from "./list-inventory.ts";
import { hiddenIsDenied, type PackageVersion } from "./packages.ts";

/** What a version is deleted with; `registry` reads through the manifest cache. */
export type DeleteContext = DescribeContext & { readonly registry: Pick<RegistryAdapter, "resolve" | "fetchManifest"> };

/**
 * Deletes the package version of a manifest, with all its tags, after looking whether it is still used as expected: its
 * tags must be the expected ones, in the list of versions, in the version itself and in the registry, and no index of the
 * package beside the expected parents may contain it. Nothing is deleted otherwise. GitHub cannot delete on a condition:
 * what happens between the look and the deletion is not noticed.
 *
 * @throws BayplanError `TAG_MOVED` for other tags, `PLAN_STALE` for other parents, `INCOMPLETE` when the list does not
 * show yet what the registry has; `UNSUPPORTED` for a last tagged version (`problems[0].found` is `last-tagged-version`)
 * and for a public one with more than 5,000 downloads (`too-many-downloads`); `DENIED`, `RATE_LIMITED`.
 * @see https://docs.github.com/rest/packages/packages#delete-package-version-for-an-organization
 */
export async function deleteVersion(
  target: DigestReference,
  expected: DeleteExpectation,
  context: DeleteContext & { readonly call: CallOptions },
): Promise<void> {
  const { packages, call } = context;
  const doing = `Deleting ${formatReference(target)}`;
  if (!(await isThere(target, context))) return;
  const versions = await packages.all(target, call).catch((error: unknown) => {
    throw hiddenIsDenied(error);
  });
  const version = versions.find(({ digest }) => digest === target.digest);
  if (version === undefined) throw notListed(doing);
  checkTags(version.tags, expected, doing);
  await checkParents({ target, expected, versions, doing }, context);
  await removeListed({ target, expected, version }, context);
}

/** Deletes a version that is listed as expected, if the registry and the version itself say the same. */
export async function removeListed(
  order: DeleteOrder & { readonly version: PackageVersion },
  context: DeleteContext & { readonly call: CallOptions },
): Promise<void> {
  const { target, expected, version } = order;
  const { packages, call } = context;
  const doing = `Deleting ${formatReference(target)}`;
  for (const tag of expected.tags) {
    const shown = await context.registry.resolve(tagReference(target, tag), call);
    if (shown.state !== "present" || shown.descriptor.digest !== target.digest) throw moved(doing, `not with "${tag}"`);
  }
  const fresh = await packages.read(target, version.id, call);
  if (fresh === undefined) return await confirmGone(target, doing, context);
  if (fresh.digest !== target.digest)
    throw new BayplanError("RESPONSE_INVALID", `${doing} failed: GitHub gave another version.`);
  checkTags(fresh.tags, expected, doing);
  const outcome = await packages.remove(target, version.id, call);
  if (outcome === "not-found") await confirmGone(target, doing, context);
}

/** The error for what GitHub does not list, or not yet. */
export function notListed(doing: string): BayplanError {
  const message = `${doing} was refused: the registry has it, but GitHub does not list it (yet). Try again later.`;
  return new BayplanError("INCOMPLETE", message);
}

/** Whether the registry still has the manifest. Throws `DENIED` where it does not say. */
export async function isThere(
  target: DigestReference,
  { registry, call }: Pick<DeleteContext, "registry"> & { readonly call: CallOptions },
): Promise<boolean> {
  const { state } = await registry.resolve(target, call);
  if (state !== "denied-or-absent") return state === "present";
  const message = `Deleting ${formatReference(target)} was refused: GitHub does not say whether it is there. Check the token's access to the package.`;
  throw new BayplanError("DENIED", message);
}

/** 404 of GitHub also means "you may not": only what the registry has no longer is gone. */
async function confirmGone(
  target: DigestReference,
  doing: string,
  context: Pick<DeleteContext, "registry"> & { readonly call: CallOptions },
): Promise<void> {
  if (!(await isThere(target, context))) return;
  throw new BayplanError(
    "DENIED",
    `${doing} failed: GitHub answered 404, but the registry still has it. The token needs delete:packages and the role Admin in the package.`,
    { status: 404 },
  );
}

/** Throws `TAG_MOVED` for other tags than the expected ones. */
export function checkTags(tags: readonly string[], expected: DeleteExpectation, doing: string): void {
  const [found, wanted] = [tags, expected.tags].map((names) => [...new Set(names)].sort().join(", "));
  if (found === wanted) return;
  throw moved(doing, `with "${found}" instead of "${wanted}"`, refusalOfTags(tags, expected.tags));
}

function moved(doing: string, how: string, refusal: RemovalRefusal = "tag-moved-since-plan"): BayplanError {
  const message = `${doing} was refused: it is tagged ${how}. Nothing was deleted; plan again.`;
  return new BayplanError("TAG_MOVED", message, { refusal });
}

async function checkParents(
  order: {
    readonly target: DigestReference;
    readonly expected: DeleteExpectation;
    readonly versions: readonly PackageVersion[];
    readonly doing: string;
  },
  context: DeleteContext & { readonly call: CallOptions },
): Promise<void> {
  const { target, expected, versions, doing } = order;
  const others = versions.filter(({ digest }) => digest !== target.digest && !expected.parents.includes(digest));
  for (const digest of (await describeVersions(target, others, context)).values()) {
    if (!isIndexMediaType(digest.mediaType)) continue;
    if (!(await childrenOf(target, digest.digest, context)).includes(target.digest)) continue;
    throw contained(doing, digest.digest);
  }
}

/** The error for what an index contains that nobody expected. */
export function contained(doing: string, parent: Digest): BayplanError {
  const message = `${doing} was refused: ${parent} contains it, which was not expected. Nothing was deleted; plan again.`;
  return new BayplanError("PLAN_STALE", message);
}

/** What an index lists. One that was deleted since it was listed contains nothing any more. */
export async function childrenOf(
  repository: RepositoryName,
  index: Digest,
  { registry, call }: Pick<DeleteContext, "registry"> & { readonly call: CallOptions },
): Promise<readonly Digest[]> {
  const stored = await registry.fetchManifest(digestReference(repository, index), call);
  const manifest = stored === undefined ? undefined : parseManifest(stored);
  return manifest?.kind === "index" ? manifest.manifests.map(({ digest }) => digest) : [];
}
