import type { Digest } from "@bayplan/core";
import { ecrRefusal, invalidParameter } from "./ecr-answer.ts";
import { cutEcrPage, type EcrAction, type EcrCallContext, type EcrInput, repositoryNameIn } from "./ecr-call.ts";
import type { EcrRepository } from "./ecr-repositories.ts";

/** How a call names an image. */
export interface EcrImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

/** Why one image of many was not given or deleted. */
export interface EcrImageFailure {
  readonly imageId: EcrImageId;
  readonly failureCode: string;
  readonly failureReason: string;
}

/** The image that an id names, or the failure that says why none. */
export function findImage(
  context: EcrCallContext,
  name: string,
  imageId: EcrImageId,
): { readonly digest: Digest } | { readonly failure: EcrImageFailure } {
  const { manifests, tags } = context.repositories.contents(name);
  const { imageDigest, imageTag } = imageId;
  const failed = (failureCode: string, failureReason: string) => ({ failure: { imageId, failureCode, failureReason } });
  if (imageDigest === undefined && imageTag === undefined) {
    return failed("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null");
  }
  if (imageDigest !== undefined && !/^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/.test(imageDigest)) {
    return failed("InvalidImageDigest", "Invalid request parameters: image digest should satisfy the regex");
  }
  const digest = imageTag === undefined ? (imageDigest as Digest) : tags.get(imageTag);
  if (digest === undefined || !manifests.has(digest)) return failed("ImageNotFound", "Requested image not found");
  if (imageDigest !== undefined && digest !== imageDigest) {
    const reason = "Invalid request parameters: given tag does not map to the given digest";
    return failed("ImageTagDoesNotMatchDigest", reason);
  }
  return { digest };
}

/** The images that a call names: 1 to 100. */
export function imageIdsIn(input: EcrInput): readonly EcrImageId[] {
  const imageIds = (input["imageIds"] ?? []) as readonly EcrImageId[];
  if (imageIds.length < 1) throw invalidParameter("imageIds", "Member must have length greater than or equal to 1");
  if (imageIds.length <= 100) return imageIds;
  throw invalidParameter("imageIds", "Member must have length less than or equal to 100");
}

/** Gives manifests as they were pushed; what is not there, or not of an accepted type, is among the failures. */
export const batchGetImage: EcrAction = async (context, input) => {
  const name = repositoryNameIn(context, input);
  const repository = context.repositories.existing(name);
  const accepted = input["acceptedMediaTypes"] as readonly string[] | undefined;
  const images: unknown[] = [];
  const failures: EcrImageFailure[] = [];
  for (const imageId of imageIdsIn(input)) {
    const found = findImage(context, name, imageId);
    if ("failure" in found) {
      failures.push(found.failure);
      continue;
    }
    const stored = await context.repositories.catalog.readManifest(name, found.digest);
    const mediaType = stored?.descriptor.mediaType ?? "";
    if (stored === undefined || accepted?.includes(mediaType) === false) {
      failures.push({ imageId, failureCode: "ImageNotFound", failureReason: "Requested image not found" });
    } else if (repository.archived.has(found.digest)) {
      const failureReason = "Requested image is archived and cannot be accessed";
      failures.push({ imageId, failureCode: "ImageInaccessible", failureReason });
    } else {
      repository.pulledMs.set(found.digest, context.nowMs());
      images.push({
        registryId: context.accountId,
        repositoryName: name,
        imageId: { ...imageId, imageDigest: found.digest },
        imageManifest: new TextDecoder().decode(stored.bytes),
        imageManifestMediaType: mediaType,
      });
    }
  }
  return { images, failures };
};

/** Describes images with tags and times, by id or page by page. */
export const describeImages: EcrAction = (context, input) => {
  const name = repositoryNameIn(context, input);
  const repository = context.repositories.existing(name);
  if (input["imageIds"] !== undefined) {
    if (input["maxResults"] !== undefined || input["nextToken"] !== undefined) {
      throw invalidParameter("maxResults", "Member must not be given together with imageIds");
    }
    const digests = new Set(imageIdsIn(input).map((imageId) => existingImage(context, name, imageId)));
    return { imageDetails: [...digests].map((digest) => describe(context, repository, digest)) };
  }
  const { tagStatus = "ANY", imageStatus = "ACTIVE" } = (input["filter"] ?? {}) as Readonly<Record<string, string>>;
  const all = [...context.repositories.contents(name).manifests.keys()]
    .map((digest) => [digest, describe(context, repository, digest)] as const)
    .filter(([, image]) => tagStatus === "ANY" || (tagStatus === "TAGGED") === (image.imageTags !== undefined))
    .filter(([, image]) => imageStatus === "ANY" || imageStatus === image.imageStatus);
  const { page, ...rest } = cutEcrPage(new Map(all), input, context.pageSize);
  return { imageDetails: page, ...rest };
};

function existingImage(context: EcrCallContext, name: string, imageId: EcrImageId): Digest {
  const found = findImage(context, name, imageId);
  if ("digest" in found) return found.digest;
  const { imageDigest = "null", imageTag = "null" } = imageId;
  const message = `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name '${name}' in the registry with id '${context.accountId}'`;
  throw ecrRefusal("ImageNotFoundException", message);
}

function describe(context: EcrCallContext, repository: EcrRepository, digest: Digest) {
  const { manifests, tags } = context.repositories.contents(repository.name);
  const descriptor = manifests.get(digest);
  const imageTags = [...tags].filter(([, target]) => target === digest).map(([tag]) => tag);
  const pulledMs = repository.pulledMs.get(digest);
  return {
    registryId: context.accountId,
    repositoryName: repository.name,
    imageDigest: digest,
    ...(imageTags.length === 0 ? {} : { imageTags }),
    // Of the layers, and not the size of the manifest: nobody may take it for that.
    imageSizeInBytes: 1_000_000 + (descriptor?.size ?? 0),
    imagePushedAt: (repository.pushedMs.get(digest) ?? 0) / 1000,
    ...(pulledMs === undefined ? {} : { lastRecordedPullTime: pulledMs / 1000 }),
    imageManifestMediaType: descriptor?.mediaType,
    imageStatus: repository.archived.has(digest) ? "ARCHIVED" : "ACTIVE",
  };
}
