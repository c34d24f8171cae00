export { createEcrRegistry, type EcrRegistryOptions } from "./create-ecr-registry.ts";
