export { createGhcrRegistry, type GhcrRegistry, type GhcrRegistryOptions } from "./create-ghcr-registry.ts";
