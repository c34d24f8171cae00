import { type Digest, digestOf, isIndexMediaType, isTag } from "@bayplan/core";
import { checkReferences, parsePushedManifest } from "../registry/manifest-checks.ts";
import { Refusal } from "../registry/refusal.ts";
import { ecrRefusal, invalidParameter } from "./ecr-answer.ts";
import { type EcrAction, type EcrCallContext, repositoryNameIn } from "./ecr-call.ts";
import { type EcrImageFailure, type EcrImageId, findImage, imageIdsIn } from "./ecr-image-reads.ts";

/** Stores a manifest, under a tag or without. */
export const putImage: EcrAction = async (context, input) => {
  const name = repositoryNameIn(context, input);
  const { repositories, accountId } = context;
  repositories.existing(name);
  const { imageManifest, imageTag: tag, imageDigest, imageManifestMediaType } = input as Record<string, string>;
  const bytes = new TextEncoder().encode(imageManifest);
  const digest = digestOf(bytes);
  if (imageDigest !== undefined && imageDigest !== digest) {
    const message = "The specified image digest does not match the digest that Amazon ECR calculated for the image.";
    throw ecrRefusal("ImageDigestDoesNotMatchException", message);
  }
  if (tag !== undefined && !isTag(tag)) throw invalidParameter("imageTag", "must be a legal tag");
  const mediaType = imageManifestMediaType ?? ownMediaType(imageManifest ?? "");
  const { manifests, tags } = repositories.contents(name);
  const shown = tag === undefined ? undefined : tags.get(tag);
  const isThere = tag === undefined ? manifests.has(digest) : shown === digest;
  if (tag !== undefined && shown !== undefined) checkMutable(context, { name, tag, isSame: isThere });
  if (isThere) {
    const and = tag === undefined ? "" : ` and tag '${tag}'`;
    const message = `Image with digest '${digest}'${and} already exists in the repository with name '${name}' in registry with id '${accountId}'`;
    throw ecrRefusal("ImageAlreadyExistsException", message);
  }
  const lack = repositories.lackOfRoom(name, { digest, tag });
  if (lack !== undefined) throw ecrRefusal("LimitExceededException", lack);
  const stored = { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  try {
    await checkReferences(repositories.catalog, name, parsePushedManifest(stored));
  } catch (error) {
    if (error instanceof Refusal) throw await refusedManifest(error, mediaType);
    throw error;
  }
  await repositories.catalog.writeManifest(name, stored, { names: tag === undefined ? [] : [tag], mayTag: () => {} });
  const imageId = { imageDigest: digest, ...(tag === undefined ? {} : { imageTag: tag }) };
  return { image: { registryId: accountId, repositoryName: name, imageId, imageManifest } };
};

function ownMediaType(imageManifest: string): string {
  let mediaType: unknown;
  try {
    mediaType = (JSON.parse(imageManifest) as { mediaType?: unknown }).mediaType;
  } catch {
    throw invalidParameter("ImageManifest", "Invalid JSON syntax");
  }
  if (typeof mediaType === "string") return mediaType;
  throw invalidParameter("imageManifestMediaType", "Member must not be null when the manifest has no mediaType");
}

function checkMutable(
  context: EcrCallContext,
  { name, tag, isSame }: { readonly name: string; readonly tag: string; readonly isSame: boolean },
): void {
  if (!context.repositories.isImmutable(name, tag)) return;
  if (isSame && !context.has("ecr-immutable-same-digest")) return;
  const message = `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`;
  throw ecrRefusal("ImageTagAlreadyExistsException", message);
}

async function refusedManifest(refusal: Refusal, mediaType: string): Promise<Error> {
  const { errors } = (await refusal.response.json()) as { errors: readonly { code: string; message: string }[] };
  const [error] = errors;
  if (error?.code !== "MANIFEST_BLOB_UNKNOWN") return invalidParameter("ImageManifest", error?.message ?? "");
  return isIndexMediaType(mediaType)
    ? ecrRefusal("ReferencedImagesNotFoundException", "The following images are not found in this repository.")
    : ecrRefusal("LayersNotFoundException", "Layers with digests given in the manifest are not found.");
}

/** Takes tags away, and images with their last tag or by their digest; what stays is among the failures. */
export const batchDeleteImage: EcrAction = async (context, input) => {
  const name = repositoryNameIn(context, input);
  const { repositories } = context;
  const repository = repositories.existing(name);
  const asked = imageIdsIn(input);
  // Looked up before anything is deleted: an index that goes in the same call still holds its children.
  const parents = new Map<Digest, readonly Digest[]>();
  for (const digest of repositories.contents(name).manifests.keys()) {
    parents.set(digest, await repositories.parents(name, digest));
  }
  const imageIds: EcrImageId[] = [];
  const failures: EcrImageFailure[] = [];
  for (const imageId of asked) {
    const found = findImage(context, name, imageId);
    if ("failure" in found) {
      failures.push(found.failure);
      continue;
    }
    const { digest } = found;
    const tags = [...repositories.contents(name).tags].filter(([, target]) => target === digest).map(([tag]) => tag);
    const { imageTag } = imageId;
    if (imageTag !== undefined && tags.length > 1) {
      await repositories.catalog.deleteTag(name, imageTag);
      imageIds.push({ imageDigest: digest, imageTag });
      continue;
    }
    const holders = parents.get(digest) ?? [];
    if (holders.length > 0) {
      const failureReason = `Requested image referenced by manifest list: [${holders.join(", ")}]`;
      failures.push({ imageId, failureCode: "ImageReferencedByManifestList", failureReason });
      continue;
    }
    await repositories.catalog.deleteManifest(name, digest);
    for (const times of [repository.pushedMs, repository.pulledMs]) times.delete(digest);
    imageIds.push(
      ...(tags.length === 0 ? [{}] : tags.map((tag) => ({ imageTag: tag }))).map((tag) => ({
        imageDigest: digest,
        ...tag,
      })),
    );
  }
  return { imageIds, failures };
};
