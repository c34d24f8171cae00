import type { DescribeImagesCommandOutput, ImageDetail } from "@aws-sdk/client-ecr";
import {
  BayplanError,
  type CallOptions,
  type Descriptor,
  type Digest,
  formatRepository,
  instantFromMs,
  isDigest,
  type ManifestCache,
  matchesDigest,
  type RepositoryName,
  type StoredManifest,
} from "@bayplan/core";
import { batchGet, batchSize } from "./batch-get.ts";
import { describeImages } from "./describe-images.ts";
import type { EcrApi } from "./ecr-api.ts";

/** Settings of an inventory. */
interface InventoryOptions extends CallOptions {
  readonly maxPages: number;
  readonly cache: ManifestCache | undefined;
}

type Detail = ImageDetail & { readonly imageDigest: Digest };

/**
 * All images of a repository, untagged ones included, archived ones not: page by page by DescribeImages, which tells
 * everything but the size of the manifest (`imageSizeInBytes` is that of the layers). So manifests are read, a hundred at
 * once, unless the cache has them, and are in the cache then: Amazon ECR may count that as a pull.
 *
 * @throws BayplanError `NOT_FOUND` without the repository; `INCOMPLETE` when it changed so that the listing cannot be
 * trusted; whatever a page fails with. A listing never ends early.
 */
export async function* listInventory(
  api: EcrApi,
  repository: RepositoryName,
  options: InventoryOptions,
): AsyncGenerator<StoredManifest> {
  const doing = `Listing the images of ${formatRepository(repository)}`;
  const { maxPages, cache, ...call } = options;
  const seen = new Set<Digest>();
  let nextToken: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const token = nextToken;
    const page: DescribeImagesCommandOutput = await api.run(
      repository.registry,
      { ...call, doing },
      (sdk, client, sending) =>
        client.send(
          new sdk.DescribeImagesCommand({
            ...api.registryId(repository.registry),
            repositoryName: repository.repository,
            maxResults: 1000,
            ...(token === undefined ? {} : { nextToken: token }),
          }),
          sending,
        ),
    );
    if (page.imageDetails === undefined) {
      throw new BayplanError("RESPONSE_INVALID", `${doing} failed: a page has no list of images. Check the endpoint.`);
    }
    const details = page.imageDetails.map((detail) => withDigest(detail, doing));
    for (const { imageDigest } of details) {
      if (!seen.has(imageDigest)) seen.add(imageDigest);
      else throw new BayplanError("INCOMPLETE", `${doing} failed: ${imageDigest} was listed twice. List again.`);
    }
    for (let from = 0; from < details.length; from += batchSize) {
      yield* readBatch(api, { repository, details: details.slice(from, from + batchSize), doing }, { cache, ...call });
    }
    nextToken = page.nextToken;
    if (nextToken === undefined || nextToken === "") return;
    if (nextToken === token || pages >= maxPages) {
      throw new BayplanError("RESPONSE_INVALID", `${doing} failed: it does not end after ${pages} pages.`);
    }
  }
}

function withDigest(detail: ImageDetail, doing: string): Detail {
  const { imageDigest = "" } = detail;
  if (isDigest(imageDigest)) return { ...detail, imageDigest };
  throw new BayplanError("RESPONSE_INVALID", `${doing} failed: "${imageDigest.slice(0, 100)}" is not a digest.`);
}

async function* readBatch(
  api: EcrApi,
  batch: { readonly repository: RepositoryName; readonly details: readonly Detail[]; readonly doing: string },
  { cache, ...call }: CallOptions & { readonly cache: ManifestCache | undefined },
): AsyncGenerator<StoredManifest> {
  const { repository, details, doing } = batch;
  const descriptors = new Map<Digest, Descriptor>();
  for (const { imageDigest: digest, imageManifestMediaType: mediaType } of details) {
    const known = await cache?.read(digest, call).catch(() => undefined);
    if (known === undefined || !matchesDigest(known.bytes, digest)) continue;
    descriptors.set(digest, {
      mediaType: mediaType ?? known.descriptor.mediaType,
      digest,
      size: known.bytes.byteLength,
    });
  }
  const targets = details.map(({ imageDigest }) => imageDigest).filter((digest) => !descriptors.has(digest));
  const mediaTypes = details.flatMap(({ imageManifestMediaType: mediaType }) => mediaType ?? []);
  const answers = targets.length === 0 ? undefined : await batchGet(api, { repository, targets, mediaTypes }, call);
  for (const [target, answer] of answers ?? []) {
    if (answer.state === "unknown") throw answer.error;
    if (answer.state === "absent") {
      await checkGone(api, { repository, target, doing }, call);
      continue;
    }
    descriptors.set(answer.manifest.descriptor.digest, answer.manifest.descriptor);
    await cache?.write(answer.manifest, call).catch(() => {});
  }
  for (const detail of details) {
    const descriptor = descriptors.get(detail.imageDigest);
    if (descriptor !== undefined) yield toStoredManifest(detail, descriptor);
  }
}

/** Deleted meanwhile is no reason to stop; there and yet not to be read is. */
async function checkGone(
  api: EcrApi,
  image: { readonly repository: RepositoryName; readonly target: string; readonly doing: string },
  call: CallOptions,
): Promise<void> {
  const { repository, target, doing } = image;
  const [found] = await describeImages(api, { repository, targets: [target] }, call);
  if (found === undefined) return;
  throw new BayplanError("INCOMPLETE", `${doing} failed: ${target} is there, but its manifest cannot be read.`);
}

function toStoredManifest(detail: Detail, descriptor: Descriptor): StoredManifest {
  const { imageTags = [], imagePushedAt, lastRecordedPullTime } = detail;
  return {
    descriptor,
    tags: imageTags,
    ...(imagePushedAt === undefined ? {} : { pushedAt: instantFromMs(imagePushedAt.getTime()) }),
    ...(lastRecordedPullTime === undefined ? {} : { pulledAt: instantFromMs(lastRecordedPullTime.getTime()) }),
  };
}
