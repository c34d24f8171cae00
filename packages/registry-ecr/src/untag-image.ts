import { BayplanError, type CallOptions, type Digest, formatReference, type TagReference } from "@bayplan/core";
import { batchDelete } from "./batch-delete.ts";
import { batchGet } from "./batch-get.ts";
import { describeImages } from "./describe-images.ts";
import type { EcrApi } from "./ecr-api.ts";
import { errorFromFailure } from "./error-from-failure.ts";
import { putImage } from "./put-image.ts";

/**
 * Takes one of several tags off an image. Amazon ECR deletes an image together with its last tag, so that one is refused
 * with `UNSUPPORTED`. Somebody else may take the other tags away in the same moment; when the image is found to be gone
 * afterwards, it is stored again, without a tag, and that is said by `TAG_MOVED`. A tag that does not exist is done.
 *
 * @throws BayplanError `TAG_MOVED` when the tag shows another digest.
 */
export async function untagImage(
  api: EcrApi,
  order: { readonly target: TagReference; readonly expected: Digest },
  call: CallOptions,
): Promise<void> {
  const { target, expected } = order;
  const doing = `Removing the tag ${formatReference(target)}`;
  const [detail] = await describeImages(api, { repository: target, targets: [target.tag] }, call);
  if (detail === undefined) return;
  const { imageDigest, imageTags = [] } = detail;
  if (imageDigest !== expected) {
    const message = `${doing} was refused: it shows ${imageDigest}, which was not expected. Nothing was removed; plan again.`;
    throw new BayplanError("TAG_MOVED", message);
  }
  if (imageTags.length < 2) {
    const message = `${doing} was refused: it is the last tag of ${expected}, and Amazon ECR would delete the image with it. Delete the image, or give it another tag first.`;
    throw new BayplanError("UNSUPPORTED", message, { refusal: "untag-would-delete" });
  }
  const kept = (await batchGet(api, { repository: target, targets: [expected] }, call)).get(expected);
  if (kept?.state !== "present") {
    if (kept?.state === "unknown") throw kept.error;
    throw new BayplanError("PLAN_STALE", `${doing} was refused: ${expected} is being deleted. Plan again.`);
  }
  const imageIds = [{ imageDigest: expected, imageTag: target.tag }];
  const [failure] = await batchDelete(api, { repository: target, imageIds, doing }, call);
  if (failure !== undefined && failure.failureCode !== "ImageNotFound") {
    if (failure.failureCode !== "ImageReferencedByManifestList") throw errorFromFailure(failure, doing);
    const message = `${doing} was refused: its other tags went at the same time, and it is the last one now. Plan again.`;
    throw new BayplanError("TAG_MOVED", message, { refusal: "untag-would-delete" });
  }
  // Not to be cancelled any more: what follows may have to repair.
  const [left] = await describeImages(api, { repository: target, targets: [expected] }, {});
  if (left !== undefined) return;
  const { manifest } = kept;
  const outcome = await putImage(
    api,
    { repository: target, manifest, doing: `${doing}: storing ${expected} again` },
    {},
  );
  if (outcome.state === "lost") throw outcome.error;
  const message = `${doing} went too far: its other tags went at the same time, and the image with it. It was stored again without a tag; plan again.`;
  throw new BayplanError("TAG_MOVED", message);
}
