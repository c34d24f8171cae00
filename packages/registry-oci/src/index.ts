export { createOciRegistry, type OciRegistry, type OciRegistryOptions } from "./create-oci-registry.ts";
export type { Credentials, CredentialsRequest, RegistryCredentials } from "./credentials.ts";
