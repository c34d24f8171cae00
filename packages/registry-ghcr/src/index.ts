export { createGhcrRegistry, type GhcrRegistryOptions } from "./create-ghcr-registry.ts";
