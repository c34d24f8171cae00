import type { Repository } from "@aws-sdk/client-ecr";
import type { EcrTagMutability } from "./immutable-tag.ts";

/** How a repository should be. What is left out is as Amazon ECR makes it, and not looked at where it exists. */
export interface EcrRepositorySettings {
  /** Whether images are scanned when they are pushed (basic scanning; the registry's own setting may override it). */
  readonly scanOnPush?: boolean;
  readonly tagMutability?: EcrTagMutability;
  /** Cannot be changed once the repository exists. */
  readonly encryption?: { readonly type: "AES256" | "KMS" | "KMS_DSSE"; readonly kmsKey?: string };
  /** Who may use it: a policy document, as data. */
  readonly repositoryPolicy?: object;
  /** What Amazon ECR deletes by itself: a policy document, as data. */
  readonly lifecyclePolicy?: object;
  /** AWS tags that it must have. Others stay. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** One setting that is not as asked for. */
export interface EcrRepositoryDifference {
  readonly setting: keyof EcrRepositorySettings;
  /** As data; `undefined` where nothing is set. */
  readonly found: unknown;
  readonly wanted: unknown;
}

/** The settings that DescribeRepositories tells. */
export function settingsOf(repository: Repository): Required<
  Pick<EcrRepositorySettings, "scanOnPush" | "tagMutability">
> & {
  readonly encryption: { readonly type: string; readonly kmsKey?: string };
} {
  const { imageScanningConfiguration, encryptionConfiguration } = repository;
  const kmsKey = encryptionConfiguration?.kmsKey;
  return {
    scanOnPush: imageScanningConfiguration?.scanOnPush ?? false,
    tagMutability: tagMutabilityOf(repository),
    encryption: {
      type: encryptionConfiguration?.encryptionType ?? "AES256",
      ...(kmsKey === undefined ? {} : { kmsKey }),
    },
  };
}

/** Whether tags may be written twice. A setting that is missing is taken for immutable. */
export function tagMutabilityOf(repository: Repository): EcrTagMutability {
  const exclusionFilters = (repository.imageTagMutabilityExclusionFilters ?? []).flatMap(({ filter }) => filter ?? []);
  const setting = repository.imageTagMutability ?? "IMMUTABLE";
  return { setting, ...(exclusionFilters.length === 0 ? {} : { exclusionFilters }) };
}

/** What an API call says of tag mutability. */
export function mutabilityInput({ setting, exclusionFilters = [] }: EcrTagMutability) {
  return {
    imageTagMutability: setting as "MUTABLE",
    ...(exclusionFilters.length === 0
      ? {}
      : {
          imageTagMutabilityExclusionFilters: exclusionFilters.map((filter) => ({
            filterType: "WILDCARD" as const,
            filter,
          })),
        }),
  };
}

/** Whether two settings say the same, however their JSON is laid out. The order of lists counts, except of filters. */
export function isSameSetting(found: unknown, wanted: unknown): boolean {
  return canonical(found) === canonical(wanted);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (name, member: unknown) => {
    if (name === "exclusionFilters" && Array.isArray(member)) return [...member].sort();
    if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
