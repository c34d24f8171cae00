import { createDockerHubRegistry } from "@bayplan/registry-dockerhub";
import { createDockerHubSimulator } from "@bayplan/testkit";
import type { SimulatedRegistry } from "./simulated-registry.ts";

const username = "nascheme";
const password = "simulated-password";

/**
 * A Docker Hub in memory with the account that the family is pushed to, and no repository yet. It has its real
 * host names and no socket: what is sent to them from here arrives there.
 */
export async function startDockerHub(): Promise<SimulatedRegistry> {
  // What a personal account may pull in six hours: https://docs.docker.com/docker-hub/usage/
  const simulator = createDockerHubSimulator({ accounts: [{ name: username, password }], pullLimit: 200 });
  const adapter = createDockerHubRegistry({ username, password, fetch: (url, init) => simulator.fetch(url, init) });
  return {
    host: "docker.io",
    adapter,
    access: {
      origin: "https://registry-1.docker.io",
      credentials: { username, password },
      fetch: (request) => simulator.fetch(request),
    },
    close: () => adapter.close(),
  };
}
