import type { Repository } from "@aws-sdk/client-ecr";
import { type CallOptions, formatRepository, type RepositoryName } from "@bayplan/core";
import type { EcrApi } from "./ecr-api.ts";
import type { EcrTagMutability } from "./immutable-tag.ts";
import { type EcrRepositoryDifference, mutabilityInput } from "./repository-settings.ts";

/** Changes one setting of a repository to what is wanted. The encryption cannot be changed: nothing happens then. */
export async function changeRepository(
  api: EcrApi,
  order: {
    readonly name: RepositoryName;
    readonly repository: Repository;
    readonly difference: EcrRepositoryDifference;
  },
  call: CallOptions,
): Promise<void> {
  const { name, repository } = order;
  const { setting, wanted } = order.difference;
  const repositoryName = name.repository;
  const own = { ...api.registryId(name.registry), repositoryName };
  const doing = `Changing ${setting} of ${formatRepository(name)}`;
  await api.run<unknown>(name.registry, { ...call, doing }, async (sdk, client, options) => {
    switch (setting) {
      case "scanOnPush": {
        const imageScanningConfiguration = { scanOnPush: wanted === true };
        return client.send(
          new sdk.PutImageScanningConfigurationCommand({ ...own, imageScanningConfiguration }),
          options,
        );
      }
      case "tagMutability": {
        const input = { ...own, ...mutabilityInput(wanted as EcrTagMutability) };
        return client.send(new sdk.PutImageTagMutabilityCommand(input), options);
      }
      case "repositoryPolicy":
        return client.send(new sdk.SetRepositoryPolicyCommand({ ...own, policyText: JSON.stringify(wanted) }), options);
      case "lifecyclePolicy": {
        const lifecyclePolicyText = JSON.stringify(wanted);
        return client.send(new sdk.PutLifecyclePolicyCommand({ ...own, lifecyclePolicyText }), options);
      }
      case "tags": {
        const tags = Object.entries(wanted as Record<string, string>).map(([Key, Value]) => ({ Key, Value }));
        return client.send(new sdk.TagResourceCommand({ resourceArn: repository.repositoryArn, tags }), options);
      }
      case "encryption":
        return undefined;
    }
  });
}
