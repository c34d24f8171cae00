import type { ImageFailure, ImageIdentifier } from "@aws-sdk/client-ecr";
import { BayplanError, type CallOptions, type RepositoryName } from "@bayplan/core";
import { batchSize } from "./batch-get.ts";
import type { EcrApi } from "./ecr-api.ts";

/**
 * BatchDeleteImage, a hundred ids at once; the failures inside its successful answers. Without the repository there is
 * nothing left to delete.
 *
 * @throws BayplanError when a request fails, as `errorFromAws` says. What came before it is done then.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
 */
export async function batchDelete(
  api: EcrApi,
  order: { readonly repository: RepositoryName; readonly imageIds: readonly ImageIdentifier[]; readonly doing: string },
  call: CallOptions,
): Promise<readonly ImageFailure[]> {
  const { repository, doing } = order;
  const failures: ImageFailure[] = [];
  for (let from = 0; from < order.imageIds.length; from += batchSize) {
    const imageIds = order.imageIds.slice(from, from + batchSize);
    const input = { ...api.registryId(repository.registry), repositoryName: repository.repository, imageIds };
    const exceptions = ["RepositoryNotFoundException"];
    const outcome = await api.runOr(repository.registry, { ...call, doing, exceptions }, (sdk, client, options) =>
      client.send(new sdk.BatchDeleteImageCommand(input), options),
    );
    if ("exception" in outcome) return [];
    const { failures: own = [], imageIds: deleted = [] } = outcome.output;
    // Some ids are answered by several lines, none by no line at all.
    if (own.length === 0 && deleted.length === 0) {
      throw new BayplanError("RESPONSE_INVALID", `${doing} failed: Amazon ECR did not say what it deleted.`);
    }
    failures.push(...own);
  }
  return failures;
}
