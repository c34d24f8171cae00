import {
  type BayplanError,
  type CallOptions,
  type DeleteOrder,
  type DeleteOutcome,
  type Digest,
  formatReference,
  isBayplanError,
  isIndexMediaType,
  type RepositoryName,
} from "@bayplan/core";
import {
  checkTags,
  childrenOf,
  contained,
  type DeleteContext,
  isThere,
  notListed,
  removeListed,
} from "./delete-version.ts";
import { describeVersions } from "./list-inventory.ts";
import { hiddenIsDenied, type PackageVersion } from "./packages.ts";

/**
 * Deletes many versions of one package as `deleteVersion` does, in the order given, with one list for all: whether
 * something contains them is looked at once, their tags right before each. What fails stays and the others go on, but
 * after a rate limit nothing more is tried.
 *
 * @throws BayplanError what the list fails with, and `CANCELLED`; then some may be deleted.
 */
export async function deleteVersions(
  repository: RepositoryName,
  orders: readonly DeleteOrder[],
  context: DeleteContext & { readonly call: CallOptions },
): Promise<readonly DeleteOutcome[]> {
  const versions = await context.packages.all(repository, context.call).catch((error: unknown) => {
    throw hiddenIsDenied(error);
  });
  const byDigest = new Map(versions.map((version) => [version.digest, version]));
  const parents = await parentsIn(repository, versions, context);
  const outcomes: DeleteOutcome[] = [];
  let limit: BayplanError | undefined;
  for (const order of orders) {
    try {
      if (limit !== undefined) throw limit;
      await deleteOne(order, { version: byDigest.get(order.target.digest), parents, context });
      outcomes.push([order.target, { deleted: true }]);
    } catch (error) {
      if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
      if (error.code === "RATE_LIMITED") limit = error;
      outcomes.push([order.target, { error }]);
    }
  }
  return outcomes;
}

async function deleteOne(
  { target, expected }: DeleteOrder,
  found: {
    readonly version: PackageVersion | undefined;
    readonly parents: ReadonlyMap<Digest, readonly Digest[]>;
    readonly context: DeleteContext & { readonly call: CallOptions };
  },
): Promise<void> {
  const { version, parents, context } = found;
  const doing = `Deleting ${formatReference(target)}`;
  if (version === undefined) {
    if (await isThere(target, context)) throw notListed(doing);
    return;
  }
  checkTags(version.tags, expected, doing);
  const parent = parents.get(target.digest)?.find((one) => !expected.parents.includes(one));
  if (parent !== undefined) throw contained(doing, parent);
  await removeListed({ target, expected, version }, context);
}

/** Which indexes of the package contain what. */
async function parentsIn(
  repository: RepositoryName,
  versions: readonly PackageVersion[],
  context: DeleteContext & { readonly call: CallOptions },
): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
  const parents = new Map<Digest, Digest[]>();
  for (const { digest, mediaType } of (await describeVersions(repository, versions, context)).values()) {
    if (!isIndexMediaType(mediaType)) continue;
    for (const child of await childrenOf(repository, digest, context)) {
      const known = parents.get(child);
      if (known === undefined) parents.set(child, [digest]);
      else known.push(digest);
    }
  }
  return parents;
}
