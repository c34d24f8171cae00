export { type CiContractOptions, ciContract, ciContractTests } from "./contract/ci-contract.ts";
export type { CiServerRun, CiServerUnderTest, CiUnderTest } from "./contract/ci-contract-fixture.ts";
export type { ContractRunner, ContractSkip } from "./contract/contract-runner.ts";
export {
  type RegistryContractOptions,
  registryContract,
  registryContractTests,
} from "./contract/registry-contract.ts";
export type { RegistryUnderTest } from "./contract/registry-fixture.ts";
export {
  type VersionSourceContractOptions,
  versionSourceContract,
  versionSourceContractTests,
  versionSourcePagingTests,
} from "./contract/version-source-contract.ts";
export type {
  AnswerVersionSourcePage,
  VersionSourcePage,
  VersionSourceUnderTest,
  VersionSourceWorld,
} from "./contract/version-source-contract-world.ts";
export type { DockerHubScope, SimulatedDockerAccount } from "./dockerhub/docker-hub-accounts.ts";
export type { DockerHubQuirk } from "./dockerhub/docker-hub-quirk.ts";
export {
  createDockerHubSimulator,
  type DockerHubSimulator,
  type DockerHubSimulatorOptions,
} from "./dockerhub/docker-hub-simulator.ts";
export type { EcrCall, SimulatedAwsIdentity } from "./ecr/ecr-identities.ts";
export {
  createEcrPublicSimulator,
  type EcrPublicSimulator,
  type EcrPublicSimulatorOptions,
} from "./ecr/ecr-public-simulator.ts";
export { type EcrQuirk, usualEcrQuirks } from "./ecr/ecr-quirk.ts";
export { createEcrSimulator, type EcrSimulator, type EcrSimulatorOptions } from "./ecr/ecr-simulator.ts";
export type { FaultEffect, FaultMatch, FaultRule, InjectedFault } from "./fault.ts";
export type { AnswerEffect } from "./fault-answer.ts";
export type { SimulatedPermission } from "./github/actions-routes.ts";
export type { RegistryLimit } from "./github/container-registry.ts";
export { type GhcrQuirk, usualGhcrQuirks } from "./github/ghcr-quirk.ts";
export type { SimulatedPackages, SimulatedPackagesOptions } from "./github/github-packages.ts";
export {
  createGitHubSimulator,
  type GitHubSimulator,
  type GitHubSimulatorOptions,
  type SimulatedRateLimit,
  type SimulatedStart,
} from "./github/github-simulator.ts";
export type { SimulatedPackageVersion } from "./github/package-store.ts";
export type { PackageRole, SimulatedPackageToken } from "./github/package-token.ts";
export type { SimulatedTokenKind } from "./github/rate-limiter.ts";
export type { SimulatedSecondaryLimits } from "./github/secondary-limiter.ts";
export type {
  SimulatedConclusion,
  SimulatedConcurrency,
  SimulatedGitRepository,
  SimulatedInput,
  SimulatedJob,
  SimulatedJobRun,
  SimulatedRelease,
  SimulatedRun,
  SimulatedRunContext,
  SimulatedStatus,
  SimulatedTrigger,
  SimulatedWorkflow,
} from "./github/simulated-workflow.ts";
export { type BuildImageOptions, type BuiltImage, buildImage } from "./image/build-image.ts";
export type { HistoryEntry, ImageConfigDocument, ImageRuntimeConfig } from "./image/image-config.ts";
export { type PullBaseOptions, type PulledBase, type PulledPlatform, pullBase } from "./image/pull-base.ts";
export { type PushImageOptions, pushImage } from "./image/push-image.ts";
export type { RegistryAccess, RegistryCredentials } from "./image/registry-session.ts";
export type { JsonSchema } from "./openapi/json-schema.ts";
export {
  createOpenApiCheck,
  type OpenApiCheck,
  type OpenApiCheckOptions,
  type OpenApiDescription,
} from "./openapi/openapi-check.ts";
export type { RegistryAuth } from "./registry/auth.ts";
export type { TagChange } from "./registry/catalog.ts";
export {
  createEmbeddedRegistry,
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
} from "./registry/embedded-registry.ts";
export { type ServedHandler, type ServeOptions, serve } from "./serve.ts";
export type { LoggedRequest, SimulatedServer } from "./simulated-server.ts";
export { type DockerRegistry, startDockerRegistry } from "./start-docker-registry.ts";
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from "./virtual-clock.ts";
