import type { Image } from "@aws-sdk/client-ecr";
import {
  BayplanError,
  type CallOptions,
  formatRepository,
  isDigest,
  manifestMediaTypes,
  matchesDigest,
  type RepositoryName,
  type StoredBytes,
  type Unresolved,
} from "@bayplan/core";
import type { EcrApi } from "./ecr-api.ts";
import { errorFromFailure } from "./error-from-failure.ts";

/** A manifest that was asked for with others. */
export type BatchAnswer =
  | { readonly state: "present"; readonly manifest: StoredBytes }
  | { readonly state: "absent" }
  | Unresolved;

/** The most images that one call may name. */
export const batchSize = 100;

/**
 * The manifests of up to 100 tags and digests of one repository, by tag or digest, in one request. Bytes are verified
 * against their digest. What the answer does not speak of is unknown, not absent.
 *
 * @throws BayplanError when the whole request fails, as `errorFromAws` says. Without the repository all are absent.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
 */
export async function batchGet(
  api: EcrApi,
  ask: {
    readonly repository: RepositoryName;
    readonly targets: readonly string[];
    /** Beside those of the four kinds of manifests. */
    readonly mediaTypes?: readonly string[];
  },
  call: CallOptions,
): Promise<ReadonlyMap<string, BatchAnswer>> {
  const { registry, repository } = ask.repository;
  const doing = `Reading manifests of ${formatRepository(ask.repository)}`;
  const targets = [...new Set(ask.targets)];
  const input = {
    ...api.registryId(registry),
    repositoryName: repository,
    imageIds: targets.map((target) => (isDigest(target) ? { imageDigest: target } : { imageTag: target })),
    // Without the right type an image is reported as not found.
    acceptedMediaTypes: [...new Set([...manifestMediaTypes, ...(ask.mediaTypes ?? [])])],
  };
  const exceptions = ["RepositoryNotFoundException"];
  const outcome = await api.runOr(registry, { ...call, doing, exceptions }, (sdk, client, options) =>
    client.send(new sdk.BatchGetImageCommand(input), options),
  );
  if ("exception" in outcome) return new Map(targets.map((target) => [target, { state: "absent" } as const]));
  const { images = [], failures = [] } = outcome.output;
  const answers = new Map<string, BatchAnswer>();
  for (const failure of failures) {
    const target = failure.imageId?.imageTag ?? failure.imageId?.imageDigest;
    if (target === undefined) continue;
    answers.set(
      target,
      failure.failureCode === "ImageNotFound"
        ? { state: "absent" }
        : { state: "unknown", error: errorFromFailure(failure, `${doing}: ${target}`) },
    );
  }
  // An image that was asked for by its digest may come with a tag: it answers both questions.
  for (const image of images) {
    const answer = readImage(image, doing);
    for (const target of [image.imageId?.imageTag, image.imageId?.imageDigest]) {
      if (target !== undefined && targets.includes(target)) answers.set(target, answer);
    }
  }
  return new Map(targets.map((target) => [target, answers.get(target) ?? silence(doing, target)]));
}

function readImage(image: Image, doing: string): BatchAnswer {
  const { imageId, imageManifest = "", imageManifestMediaType: mediaType = "" } = image;
  const digest = imageId?.imageDigest ?? "";
  const bytes = new TextEncoder().encode(imageManifest);
  if (isDigest(digest) && matchesDigest(bytes, digest) && mediaType !== "") {
    return { state: "present", manifest: { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes } };
  }
  const message = `${doing} failed: what came for "${digest.slice(0, 100)}" has another digest or no media type.`;
  return { state: "unknown", error: new BayplanError("DIGEST_MISMATCH", message) };
}

function silence(doing: string, target: string): Unresolved {
  const message = `${doing} failed: Amazon ECR did not say anything about ${target}.`;
  return { state: "unknown", error: new BayplanError("RESPONSE_INVALID", message) };
}
