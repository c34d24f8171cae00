import { join } from "node:path";
import type { RegistryAdapter, RepositoryName } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { createEmbeddedRegistry, type EmbeddedRegistry, type RegistryAccess, serve } from "@bayplan/testkit";

/** The registries that can stand in for a real one. */
export const registryNames = ["embedded", "ecr", "dockerhub", "ghcr"] as const;

/** One of {@link registryNames}. */
export type RegistryName = (typeof registryNames)[number];

/** A registry for the release, from both sides. */
export interface SimulatedRegistry {
  /** How references to it begin. */
  readonly host: string;
  /** For Bayplan. */
  readonly adapter: RegistryAdapter;
  /** For the workflows, which push with tools of their own. */
  readonly access: RegistryAccess;
  /** Makes sure of repositories that pushing does not create. Absent where it does. */
  readonly ensureRepositories?: (names: readonly RepositoryName[]) => Promise<void>;
  /** Only of `embedded`. */
  readonly embedded?: EmbeddedRegistry;
  close(): Promise<void>;
}

/** Where a registry is, or what stands in for one. */
export interface SimulatedRegistryOptions {
  /** Where `embedded` keeps its images; the others keep them in memory. */
  readonly stateDirectory: string;
  /** Default `embedded`. */
  readonly registry?: RegistryName;
  /** A real one without authentication instead, for example `http://127.0.0.1:5000`. */
  readonly registryUrl?: string;
}

/** Starts it, and opens the adapter that belongs to it. */
export async function startSimulatedRegistry(options: SimulatedRegistryOptions): Promise<SimulatedRegistry> {
  if (options.registryUrl !== undefined) return openRegistryAt(new URL(options.registryUrl));
  // Loaded only when asked for: the AWS SDK alone would cost every start more than all the rest.
  if (options.registry === "ecr") return await (await import("./simulated-ecr.ts")).startEcr();
  if (options.registry === "dockerhub") return await (await import("./simulated-docker-hub.ts")).startDockerHub();
  if (options.registry === "ghcr") return (await import("./simulated-ghcr.ts")).startGhcr();
  return await startEmbedded(join(options.stateDirectory, "registry"));
}

function openRegistryAt({ origin, host }: URL): SimulatedRegistry {
  const adapter = createOciRegistry({ id: "oci", hosts: [host] });
  return { host, adapter, access: { origin }, close: () => adapter.close() };
}

/** An embedded registry that keeps its images in a directory. */
export async function startEmbedded(directory: string): Promise<SimulatedRegistry> {
  const credentials = { username: "simulated-user", password: "simulated-password" };
  const embedded = createEmbeddedRegistry({
    storage: { directory },
    auth: { kind: "bearer", users: { [credentials.username]: credentials.password } },
  });
  const served = await serve((request) => embedded.fetch(request));
  const adapter = createOciRegistry({ id: "oci", hosts: [served.host], credentials });
  return {
    host: served.host,
    adapter,
    access: { origin: served.origin, credentials },
    embedded,
    async close() {
      await adapter.close();
      await served.close();
    },
  };
}
