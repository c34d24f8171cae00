import type { ImageDetail } from "@aws-sdk/client-ecr";
import { type CallOptions, formatRepository, isDigest, type RepositoryName } from "@bayplan/core";
import { batchSize } from "./batch-get.ts";
import type { EcrApi } from "./ecr-api.ts";

/**
 * Tags and media types of the named images; those that do not exist are left out. A call that names one missing image
 * fails as a whole, so it is cut in halves until those that exist are known.
 *
 * @throws BayplanError when a request fails, as `errorFromAws` says. Without the repository there is nothing.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
 */
export async function describeImages(
  api: EcrApi,
  ask: { readonly repository: RepositoryName; readonly targets: readonly string[] },
  call: CallOptions,
): Promise<readonly ImageDetail[]> {
  const { repository, targets } = ask;
  if (targets.length === 0) return [];
  const half = targets.length > batchSize ? batchSize : Math.ceil(targets.length / 2);
  const inHalves = async (): Promise<readonly ImageDetail[]> => [
    ...(await describeImages(api, { repository, targets: targets.slice(0, half) }, call)),
    ...(await describeImages(api, { repository, targets: targets.slice(half) }, call)),
  ];
  if (targets.length > batchSize) return await inHalves();
  const input = {
    ...api.registryId(repository.registry),
    repositoryName: repository.repository,
    imageIds: targets.map((target) => (isDigest(target) ? { imageDigest: target } : { imageTag: target })),
  };
  const doing = `Looking at images of ${formatRepository(repository)}`;
  const exceptions = ["ImageNotFoundException", "RepositoryNotFoundException"];
  const outcome = await api.runOr(repository.registry, { ...call, doing, exceptions }, (sdk, client, options) =>
    client.send(new sdk.DescribeImagesCommand(input), options),
  );
  if ("output" in outcome) return outcome.output.imageDetails ?? [];
  return targets.length === 1 || outcome.exception === "RepositoryNotFoundException" ? [] : await inHalves();
}
