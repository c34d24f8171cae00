import { createGhcrRegistry } from "@bayplan/registry-ghcr";
import { createGitHubSimulator } from "@bayplan/testkit";
import type { SimulatedRegistry } from "./simulated-registry.ts";

const login = "nascheme";
const token = "ghp_simulatedsimulatedsimulated000000000";

/**
 * A GitHub in memory with the account whose packages the family is. It has its real host names and no socket: what is
 * sent to them from here arrives there.
 */
export function startGhcr(): SimulatedRegistry {
  const simulator = createGitHubSimulator({
    packages: {
      owners: { [login]: "User" },
      tokens: { [token]: { kind: "classic", login, scopes: ["write:packages"] } },
    },
  });
  const adapter = createGhcrRegistry({ token, fetch: (url, init) => simulator.fetch(url, init) });
  return {
    host: "ghcr.io",
    adapter,
    access: {
      origin: "https://ghcr.io",
      credentials: { username: login, password: token },
      fetch: (request) => simulator.fetch(request),
    },
    close: () => adapter.close(),
  };
}
