import type { ImageFailure, ImageIdentifier } from "@aws-sdk/client-ecr";
import {
  BayplanError,
  type CallOptions,
  type DeleteOrder,
  type DeleteOutcome,
  type Digest,
  formatReference,
  formatRepository,
  isIndexMediaType,
  type RepositoryName,
  refusalOfTags,
} from "@bayplan/core";
import { batchDelete } from "./batch-delete.ts";
import { batchGet, batchSize } from "./batch-get.ts";
import { describeImages } from "./describe-images.ts";
import type { EcrApi } from "./ecr-api.ts";
import { errorFromFailure } from "./error-from-failure.ts";

interface Looked extends DeleteOrder {
  readonly tags: readonly string[];
  readonly isIndex: boolean;
}

/**
 * Deletes images of one repository: looks at all of them, refuses those whose tags are not the expected ones, deletes
 * indexes before what they contain, and goes on for as long as something gives way.
 *
 * A tagged image is deleted by its tags, each together with the digest, so that Amazon ECR compares: a tag that has
 * moved stays where it is, and a tag that was added meanwhile keeps the image. An untagged one is deleted by its digest;
 * a tag that it gets between the look and the deletion goes with it. Indexes that contain it are known to Amazon ECR,
 * which refuses: `PLAN_STALE` when one was not expected, else `CONFLICT`, as it has to go first.
 */
export async function deleteImages(
  api: EcrApi,
  repository: RepositoryName,
  order: { readonly orders: readonly DeleteOrder[] } & CallOptions,
): Promise<readonly DeleteOutcome[]> {
  const { orders, ...call } = order;
  const errors = new Map<Digest, BayplanError>();
  const details = await describeImages(api, { repository, targets: orders.map(({ target }) => target.digest) }, call);
  const byDigest = new Map(details.map((detail) => [detail.imageDigest, detail]));
  let waiting: readonly Looked[] = orders.flatMap((one) => {
    const detail = byDigest.get(one.target.digest);
    if (detail === undefined) return [];
    const tags = detail.imageTags ?? [];
    const [found, wanted] = [tags, one.expected.tags].map((names) => [...new Set(names)].sort().join(", "));
    if (found === wanted) return [{ ...one, tags, isIndex: isIndexMediaType(detail.imageManifestMediaType ?? "") }];
    const message = `${doingOf(one)} was refused: it is tagged with "${found}" instead of "${wanted}". Nothing was deleted; plan again.`;
    const refusal = refusalOfTags(tags, one.expected.tags) ?? "tag-moved-since-plan";
    errors.set(one.target.digest, new BayplanError("TAG_MOVED", message, { refusal }));
    return [];
  });
  // Children first fail while their index is there, and an index may stand in another: in rounds, until nothing moves.
  for (let hasMoved = true; hasMoved && waiting.length > 0; ) {
    const indexes = waiting.filter(({ isIndex }) => isIndex);
    const rest = waiting.filter(({ isIndex }) => !isIndex);
    const kept = [
      ...(await deleteRound(api, { repository, looked: indexes, errors }, call)),
      ...(await deleteRound(api, { repository, looked: rest, errors }, call)),
    ];
    hasMoved = kept.length < waiting.length;
    waiting = kept;
  }
  return orders.map(({ target }) => {
    const error = errors.get(target.digest);
    return [target, error === undefined ? { deleted: true } : { error }];
  });
}

/** One attempt at each. Gives those that are contained in an index; all errors are noted. */
async function deleteRound(
  api: EcrApi,
  round: {
    readonly repository: RepositoryName;
    readonly looked: readonly Looked[];
    readonly errors: Map<Digest, BayplanError>;
  },
  call: CallOptions,
): Promise<readonly Looked[]> {
  const { repository, looked, errors } = round;
  if (looked.length === 0) return [];
  const imageIds = looked.flatMap(({ target: { digest }, tags }): readonly ImageIdentifier[] =>
    tags.length === 0 ? [{ imageDigest: digest }] : tags.map((tag) => ({ imageDigest: digest, imageTag: tag })),
  );
  const [only] = looked;
  const doing =
    looked.length === 1 && only !== undefined ? doingOf(only) : `Deleting images of ${formatRepository(repository)}`;
  const failures = await batchDelete(api, { repository, imageIds, doing }, call);
  const contained: Looked[] = [];
  for (const one of looked) {
    const { digest } = one.target;
    errors.delete(digest);
    // Not found is done: somebody else has taken it, or this is the repetition of a call whose answer was lost.
    const own = failures.filter(
      ({ imageId, failureCode }) => imageId?.imageDigest === digest && failureCode !== "ImageNotFound",
    );
    const [first] = own;
    if (first === undefined) continue;
    const isContained = own.some(({ failureCode }) => failureCode === "ImageReferencedByManifestList");
    errors.set(digest, isContained ? containedError(one, own) : errorFromFailure(first, doingOf(one)));
    // Its other tags are gone by now: what is left of them is for the next round.
    const left = own.flatMap(({ imageId }) => imageId?.imageTag ?? []);
    if (isContained) contained.push({ ...one, tags: left });
  }
  // Deleted by its tags: whoever was given another tag meanwhile is still there.
  const deleted = looked.filter(({ target, tags }) => tags.length > 0 && !errors.has(target.digest));
  for (let from = 0; from < deleted.length; from += batchSize) {
    const part = deleted.slice(from, from + batchSize);
    const left = await batchGet(api, { repository, targets: part.map(({ target }) => target.digest) }, call);
    for (const one of part) {
      if (left.get(one.target.digest)?.state === "absent") continue;
      const message = `${doingOf(one)} stopped half-way: it got another tag at the same time, under which it is kept. Plan again.`;
      errors.set(one.target.digest, new BayplanError("TAG_MOVED", message, { refusal: "tagged-since-plan" }));
    }
  }
  return contained;
}

function containedError(one: Looked, failures: readonly ImageFailure[]): BayplanError {
  const reason = failures.map(({ failureReason = "" }) => failureReason).join(" ");
  const parents = [...new Set(reason.match(/sha256:[0-9a-f]{64}/g) ?? [])];
  const unexpected = parents.find((parent) => !one.expected.parents.some((known) => known === parent));
  if (unexpected !== undefined || parents.length === 0) {
    const what =
      unexpected === undefined ? "an index contains it" : `${unexpected} contains it, which was not expected`;
    return new BayplanError("PLAN_STALE", `${doingOf(one)} was refused: ${what}. Plan again.`);
  }
  const message = `${doingOf(one)} was refused: ${parents.join(", ")} contains it. Delete what contains it first.`;
  return new BayplanError("CONFLICT", message);
}

function doingOf({ target }: DeleteOrder): string {
  return `Deleting ${formatReference(target)}`;
}
