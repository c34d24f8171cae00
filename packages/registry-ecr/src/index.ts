export type { DeleteOrder, DeleteOutcome } from "@bayplan/core";
export {
  createEcrPublicRegistry,
  type EcrPublicRegistry,
  type EcrPublicRegistryOptions,
} from "./create-ecr-public-registry.ts";
export { createEcrRegistry, type EcrRegistry, type EcrRegistryOptions } from "./create-ecr-registry.ts";
export { type EcrHost, formatEcrHost, parseEcrHost } from "./ecr-host.ts";
export type { EnsuredRepository, EnsureRepositoryOptions } from "./ensure-repository.ts";
export { type FindEcrAccountOptions, findEcrAccount } from "./find-ecr-account.ts";
export { type EcrTagMutability, isImmutableEcrTag } from "./immutable-tag.ts";
export type { EcrRepositoryDifference, EcrRepositorySettings } from "./repository-settings.ts";
