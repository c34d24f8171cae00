import type { Repository } from "@aws-sdk/client-ecr";
import { BayplanError, type CallOptions, formatRepository, type RepositoryName } from "@bayplan/core";
import { changeRepository } from "./change-repository.ts";
import type { EcrApi } from "./ecr-api.ts";
import {
  type EcrRepositoryDifference,
  type EcrRepositorySettings,
  isSameSetting,
  mutabilityInput,
  settingsOf,
} from "./repository-settings.ts";

/** How a repository is made sure of. */
export interface EnsureRepositoryOptions extends EcrRepositorySettings, CallOptions {
  /** Whether an existing repository is changed to what is asked for. Default `false`: differences are only reported. */
  readonly update?: boolean;
}

/** What there is now. */
export interface EnsuredRepository {
  /** `false` also when somebody else created it at the same time. */
  readonly created: boolean;
  /** Settings that were changed (`update`). */
  readonly updated: readonly EcrRepositoryDifference[];
  /** Settings that are still not as asked for: all without `update`; else the encryption, which cannot be changed. */
  readonly differences: readonly EcrRepositoryDifference[];
}

/**
 * Creates a repository unless it exists. One that exists is compared with what is asked for, and left as it is unless
 * `update` says otherwise.
 *
 * @throws BayplanError `DENIED` naming the action that is not allowed, `INVALID_INPUT` for settings Amazon ECR refuses.
 */
export async function ensureRepository(
  api: EcrApi,
  name: RepositoryName,
  options: EnsureRepositoryOptions,
): Promise<EnsuredRepository> {
  const { update = false, signal, ...settings } = options;
  const call = signal === undefined ? {} : { signal };
  let repository = await describeRepository(api, name, call);
  let created = false;
  if (repository === undefined) {
    created = await createRepository(api, { name, settings }, call);
    repository = await describeRepository(api, name, call);
  }
  if (repository === undefined) {
    throw new BayplanError(
      "NOT_FOUND",
      `${formatRepository(name)} was created and is gone again. Look who deletes it.`,
    );
  }
  const found = await compare(api, { name, repository, settings }, call);
  // Policies come after the creation; who asks for a new repository with them asks for them.
  const changing = found.filter(({ setting }) => setting !== "encryption" && (update || created));
  for (const difference of changing) await changeRepository(api, { name, repository, difference }, call);
  return {
    created,
    updated: created ? [] : changing,
    differences: found.filter((difference) => !changing.includes(difference)),
  };
}

/**
 * The repository as Amazon ECR describes it; `undefined` if there is none.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html
 */
export async function describeRepository(
  api: EcrApi,
  name: RepositoryName,
  call: CallOptions,
): Promise<Repository | undefined> {
  const input = { ...api.registryId(name.registry), repositoryNames: [name.repository] };
  const doing = `Looking at the repository ${formatRepository(name)}`;
  const exceptions = ["RepositoryNotFoundException"];
  const outcome = await api.runOr(name.registry, { ...call, doing, exceptions }, (sdk, client, options) =>
    client.send(new sdk.DescribeRepositoriesCommand(input), options),
  );
  if ("exception" in outcome) return undefined;
  const [repository] = outcome.output.repositories ?? [];
  if (repository !== undefined) return repository;
  throw new BayplanError("RESPONSE_INVALID", `${doing} failed: Amazon ECR describes nothing. Check the endpoint.`);
}

async function createRepository(
  api: EcrApi,
  order: { readonly name: RepositoryName; readonly settings: EcrRepositorySettings },
  call: CallOptions,
): Promise<boolean> {
  const { name, settings } = order;
  const { scanOnPush, tagMutability, encryption, tags } = settings;
  const kmsKey = encryption?.kmsKey;
  const input = {
    ...api.registryId(name.registry),
    repositoryName: name.repository,
    ...(scanOnPush === undefined ? {} : { imageScanningConfiguration: { scanOnPush } }),
    ...(tagMutability === undefined ? {} : mutabilityInput(tagMutability)),
    ...(encryption === undefined
      ? {}
      : {
          encryptionConfiguration: {
            encryptionType: encryption.type,
            ...(kmsKey === undefined ? {} : { kmsKey }),
          },
        }),
    ...(tags === undefined ? {} : { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
  };
  const doing = `Creating the repository ${formatRepository(name)}`;
  const exceptions = ["RepositoryAlreadyExistsException"];
  const outcome = await api.runOr(name.registry, { ...call, doing, exceptions }, (sdk, client, options) =>
    client.send(new sdk.CreateRepositoryCommand(input), options),
  );
  return "output" in outcome;
}

async function compare(
  api: EcrApi,
  ask: { readonly name: RepositoryName; readonly repository: Repository; readonly settings: EcrRepositorySettings },
  call: CallOptions,
): Promise<readonly EcrRepositoryDifference[]> {
  const { name, repository, settings } = ask;
  const described = settingsOf(repository);
  const found: Partial<Record<keyof EcrRepositorySettings, unknown>> = {
    scanOnPush: described.scanOnPush,
    tagMutability: described.tagMutability,
    // The key that AWS chose by itself is none that was asked for.
    encryption: settings.encryption?.kmsKey === undefined ? { type: described.encryption.type } : described.encryption,
  };
  if (settings.repositoryPolicy !== undefined) found.repositoryPolicy = await readRepositoryPolicy(api, name, call);
  if (settings.lifecyclePolicy !== undefined) found.lifecyclePolicy = await readLifecyclePolicy(api, name, call);
  if (settings.tags !== undefined) {
    const own = await readTags(api, { name, repository }, call);
    found.tags = Object.fromEntries(
      Object.keys(settings.tags).flatMap((key) => (Object.hasOwn(own, key) ? [[key, own[key]]] : [])),
    );
  }
  return (Object.entries(settings) as [keyof EcrRepositorySettings, unknown][])
    .filter(([setting, wanted]) => wanted !== undefined && !isSameSetting(found[setting], wanted))
    .map(([setting, wanted]) => ({ setting, found: found[setting], wanted }));
}

async function readRepositoryPolicy(api: EcrApi, name: RepositoryName, call: CallOptions): Promise<unknown> {
  const doing = `Reading the policy of ${formatRepository(name)}`;
  const input = { ...api.registryId(name.registry), repositoryName: name.repository };
  const exceptions = ["RepositoryPolicyNotFoundException"];
  const outcome = await api.runOr(name.registry, { ...call, doing, exceptions }, (sdk, client, options) =>
    client.send(new sdk.GetRepositoryPolicyCommand(input), options),
  );
  return "exception" in outcome ? undefined : parsed(outcome.output.policyText, doing);
}

async function readLifecyclePolicy(api: EcrApi, name: RepositoryName, call: CallOptions): Promise<unknown> {
  const doing = `Reading the lifecycle policy of ${formatRepository(name)}`;
  const input = { ...api.registryId(name.registry), repositoryName: name.repository };
  const exceptions = ["LifecyclePolicyNotFoundException"];
  const outcome = await api.runOr(name.registry, { ...call, doing, exceptions }, (sdk, client, options) =>
    client.send(new sdk.GetLifecyclePolicyCommand(input), options),
  );
  return "exception" in outcome ? undefined : parsed(outcome.output.lifecyclePolicyText, doing);
}

async function readTags(
  api: EcrApi,
  { name, repository }: { readonly name: RepositoryName; readonly repository: Repository },
  call: CallOptions,
): Promise<Readonly<Record<string, string>>> {
  const doing = `Reading the AWS tags of ${formatRepository(name)}`;
  const { tags = [] } = await api.run(name.registry, { ...call, doing }, (sdk, client, options) =>
    client.send(new sdk.ListTagsForResourceCommand({ resourceArn: repository.repositoryArn }), options),
  );
  return Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}

function parsed(text: string | undefined, doing: string): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    throw new BayplanError("RESPONSE_INVALID", `${doing} failed: it is not JSON.`);
  }
}
