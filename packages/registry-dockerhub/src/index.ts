export {
  createDockerHubRegistry,
  type DockerHubRegistry,
  type DockerHubRegistryOptions,
} from "./create-docker-hub-registry.ts";
export type { DockerHubRateLimit } from "./pull-budget.ts";
