export { createDockerHubRegistry, type DockerHubRegistryOptions } from "./create-docker-hub-registry.ts";
