import {
  createGitHubSimulator,
  createVirtualClock,
  registryContract,
  type SimulatedPackageToken,
} from "@bayplan/testkit";
import { describe, it } from "vitest";
import { createGhcrRegistry, type GhcrRegistryOptions } from "./create-ghcr-registry.ts";

const runner = { describe, it };
const pageSize = 4;
const token = "ghp_dummydummydummydummydummydummy0000";
const classic: SimulatedPackageToken = {
  kind: "classic",
  login: "contract",
  scopes: ["read:packages", "write:packages", "delete:packages"],
};

function contractOn(owner: "Organization" | "User", options: GhcrRegistryOptions, holder = classic): void {
  registryContract({
    runner,
    create: async () => {
      const clock = createVirtualClock({ auto: true });
      const github = createGitHubSimulator({
        clock,
        packages: { owners: { contract: owner }, tokens: { [token]: holder }, tagPageSize: pageSize },
      });
      const registry = createGhcrRegistry({
        token,
        fetch: (url, init) => github.fetch(url, init),
        clock,
        throttle: false,
        ...options,
      });
      return {
        registry,
        host: "ghcr.io",
        pageSize,
        requests: () => github.log.length,
        dispose: () => registry.close(),
      };
    },
  });
}

describe("a user's packages, the token itself", () => contractOn("User", {}));
describe("a user's packages, tokens of the endpoint", () =>
  contractOn("User", { exchange: "always", packages: "none" }));
describe("an organisation's packages, GITHUB_TOKEN", () =>
  contractOn(
    "Organization",
    { username: "github-actions[bot]" },
    { kind: "workflow", packages: "write", roles: { contract: "write" } },
  ));

// Against the real service, where somebody asks for it: docs/registries/ghcr.md has what it needs.
const { BAYPLAN_LIVE = "", BAYPLAN_GHCR_TOKEN = "", BAYPLAN_GHCR_OWNER = "" } = process.env;
const lack = !BAYPLAN_LIVE.split(",").includes("ghcr")
  ? "BAYPLAN_LIVE does not name ghcr"
  : BAYPLAN_GHCR_TOKEN === "" || BAYPLAN_GHCR_OWNER === ""
    ? "BAYPLAN_GHCR_TOKEN or BAYPLAN_GHCR_OWNER is missing"
    : undefined;
describe.skipIf(lack !== undefined)(`ghcr.io itself${lack === undefined ? "" : ` (skipped: ${lack})`}`, () => {
  let count = 0;
  const run = Date.now().toString(36);
  registryContract({
    runner,
    create: async () => {
      count += 1;
      const registry = createGhcrRegistry({ token: BAYPLAN_GHCR_TOKEN });
      const repository = `${BAYPLAN_GHCR_OWNER.toLowerCase()}/bayplan-contract/${run}-${count}`;
      return { registry, host: "ghcr.io", repository: () => repository, dispose: () => registry.close() };
    },
  });
});
