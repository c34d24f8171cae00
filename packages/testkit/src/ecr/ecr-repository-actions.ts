import { ecrRefusal, invalidParameter } from "./ecr-answer.ts";
import { cutEcrPage, type EcrAction, type EcrCallContext, type EcrInput, repositoryNameIn } from "./ecr-call.ts";
import type { EcrRepository } from "./ecr-repositories.ts";
import { readTagMutability } from "./ecr-tag-mutability.ts";

interface ResourceTag {
  readonly Key: string;
  readonly Value: string;
}

/** Creates a repository with its settings. */
export const createRepository: EcrAction = (context, input) => {
  const name = repositoryNameIn(context, input);
  const tags = (input["tags"] ?? []) as readonly ResourceTag[];
  const arn = `arn:aws:ecr:${context.region}:${context.accountId}:repository/${name}`;
  if (tags.length > 0) context.demand("ecr:TagResource", arn);
  const { encryptionType = "AES256", kmsKey } = (input["encryptionConfiguration"] ?? {}) as Record<string, string>;
  if (!["AES256", "KMS", "KMS_DSSE"].includes(encryptionType)) {
    throw invalidParameter("encryptionConfiguration.encryptionType", "Member must satisfy enum value set");
  }
  const created = context.repositories.create({
    name,
    mutability: readTagMutability(input),
    scanOnPush: scanOnPushIn(input),
    encryption: { encryptionType, ...(kmsKey === undefined ? {} : { kmsKey }) },
    tags: new Map(tags.map(({ Key, Value }) => [Key, Value])),
  });
  return { repository: describe(context, created) };
};

/** Describes the named repositories, or all page by page. */
export const describeRepositories: EcrAction = (context, input) => {
  const named = input["repositoryNames"] as readonly string[] | undefined;
  if (named !== undefined) {
    const found = named.map((name) => context.repositories.existing(name));
    return { repositories: found.map((repository) => describe(context, repository)) };
  }
  const all = context.repositories.names().map((name) => [name, context.repositories.existing(name)] as const);
  const { page, ...rest } = cutEcrPage(new Map(all), input, context.pageSize);
  return { repositories: page.map((repository) => describe(context, repository)), ...rest };
};

/** Says whether images are scanned when they are pushed. */
export const putImageScanningConfiguration: EcrAction = (context, input) => {
  const repository = named(context, input);
  repository.scanOnPush = scanOnPushIn(input);
  return { ...idsOf(context, repository), imageScanningConfiguration: { scanOnPush: repository.scanOnPush } };
};

/** Says which tags may be written twice. */
export const putImageTagMutability: EcrAction = (context, input) => {
  const repository = named(context, input);
  repository.mutability = readTagMutability(input);
  return { ...idsOf(context, repository), ...mutabilityOf(repository) };
};

/** Stores the policy of a repository, which is given back in another layout. */
export const setRepositoryPolicy: EcrAction = (context, input) => {
  const repository = named(context, input);
  repository.policyText = JSON.stringify(jsonIn(input, "policyText"), undefined, 2);
  return { ...idsOf(context, repository), policyText: repository.policyText };
};

/** The policy of a repository, or `RepositoryPolicyNotFoundException`. */
export const getRepositoryPolicy: EcrAction = (context, input) => {
  const repository = named(context, input);
  const { policyText } = repository;
  if (policyText !== undefined) return { ...idsOf(context, repository), policyText };
  const message = `Repository policy does not exist for the repository with name '${repository.name}' in the registry with id '${context.accountId}'`;
  throw ecrRefusal("RepositoryPolicyNotFoundException", message);
};

/** Stores the rules by which the registry itself deletes. They are not carried out here. */
export const putLifecyclePolicy: EcrAction = (context, input) => {
  const repository = named(context, input);
  const policy = jsonIn(input, "lifecyclePolicyText");
  if (!Array.isArray((policy as { rules?: unknown }).rules)) {
    throw invalidParameter("LifecyclePolicyText", "Lifecycle policy validation failure: rules are missing");
  }
  repository.lifecyclePolicyText = JSON.stringify(policy);
  return { ...idsOf(context, repository), lifecyclePolicyText: repository.lifecyclePolicyText };
};

/** Those rules, or `LifecyclePolicyNotFoundException`. */
export const getLifecyclePolicy: EcrAction = (context, input) => {
  const repository = named(context, input);
  const { lifecyclePolicyText } = repository;
  if (lifecyclePolicyText !== undefined) return { ...idsOf(context, repository), lifecyclePolicyText };
  const message = `Lifecycle policy does not exist for the repository with name '${repository.name}' in the registry with id '${context.accountId}'`;
  throw ecrRefusal("LifecyclePolicyNotFoundException", message);
};

/** The AWS tags of a repository. */
export const listTagsForResource: EcrAction = (context, input) => ({
  tags: [...byArn(context, input).tags].map(([Key, Value]) => ({ Key, Value })),
});

/** Adds AWS tags to a repository. */
export const tagResource: EcrAction = (context, input) => {
  const repository = byArn(context, input);
  for (const { Key, Value } of input["tags"] as readonly ResourceTag[]) repository.tags.set(Key, Value);
  return {};
};

function named(context: EcrCallContext, input: EcrInput): EcrRepository {
  return context.repositories.existing(repositoryNameIn(context, input));
}

function byArn(context: EcrCallContext, input: EcrInput): EcrRepository {
  const name = context.repositories.names().find((one) => context.repositories.find(one)?.arn === input["resourceArn"]);
  return context.repositories.existing(name ?? String(input["resourceArn"]).replace(/^.*:repository\//, ""));
}

function scanOnPushIn(input: EcrInput): boolean {
  return (input["imageScanningConfiguration"] as { scanOnPush?: boolean } | undefined)?.scanOnPush ?? false;
}

function jsonIn(input: EcrInput, member: string): unknown {
  try {
    return JSON.parse(String(input[member]));
  } catch {
    throw invalidParameter(member, "Invalid JSON syntax");
  }
}

function idsOf(context: EcrCallContext, repository: EcrRepository) {
  return { registryId: context.accountId, repositoryName: repository.name };
}

function mutabilityOf({ mutability: { setting, filters } }: EcrRepository) {
  const exclusions = filters.map((filter) => ({ filterType: "WILDCARD", filter }));
  return {
    imageTagMutability: setting,
    ...(filters.length === 0 ? {} : { imageTagMutabilityExclusionFilters: exclusions }),
  };
}

function describe(context: EcrCallContext, repository: EcrRepository) {
  return {
    ...idsOf(context, repository),
    repositoryArn: repository.arn,
    repositoryUri: `${context.accountId}.dkr.ecr.${context.region}.amazonaws.com/${repository.name}`,
    createdAt: repository.createdMs / 1000,
    ...mutabilityOf(repository),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: repository.encryption,
  };
}
