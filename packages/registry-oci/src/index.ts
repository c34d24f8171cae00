export { createOciRegistry, type OciRegistry, type OciRegistryOptions } from "./create-oci-registry.ts";
export type { Credentials, CredentialsFunction, CredentialsRequest, RegistryCredentials } from "./credentials.ts";
export { createDockerConfigCredentials, type DockerConfigCredentialsOptions } from "./docker-config-credentials.ts";
export type { ReferrersOptions } from "./referrers.ts";
export type { TagOrder } from "./tag-many.ts";
