import { type ContractSkip, createDockerHubSimulator, registryContract } from "@bayplan/testkit";
import { describe, it } from "vitest";
import { createDockerHubRegistry } from "./create-docker-hub-registry.ts";
import { password } from "./testing/open-hub.ts";

const runner = { describe, it };
const pageSize = 4;
const hidden: ContractSkip = {
  reason: "Docker Hub answers 401 for a repository that does not exist, so nobody knows that it is absent",
  tests: ["never says that an unknown repository is present", "fails to list an unknown repository with NOT_FOUND"],
};

describe("simulated Docker Hub", () => {
  registryContract({
    runner,
    skip: [hidden],
    create: async () => {
      const hub = createDockerHubSimulator({ accounts: [{ name: "contract", password }], pageSize, pullLimit: 1000 });
      const registry = createDockerHubRegistry({ username: "contract", password, fetch: hub.fetch });
      return {
        registry,
        host: "docker.io",
        pageSize,
        requests: () => hub.log.length,
        dispose: () => registry.close(),
      };
    },
  });
});

// Writes to the account's namespace: repositories `<namespace>/bayplan-contract-<number>-<name>` stay there.
const isLive = (process.env["BAYPLAN_LIVE"] ?? "").split(",").includes("dockerhub");
const username = process.env["BAYPLAN_DOCKERHUB_USERNAME"] ?? "";
const secret = process.env["BAYPLAN_DOCKERHUB_PASSWORD"] ?? "";
const namespace = process.env["BAYPLAN_DOCKERHUB_NAMESPACE"] ?? username;
const missing = !isLive
  ? "BAYPLAN_LIVE does not name dockerhub"
  : username === "" || secret === ""
    ? "BAYPLAN_DOCKERHUB_USERNAME or BAYPLAN_DOCKERHUB_PASSWORD is not set"
    : undefined;

describe.skipIf(missing !== undefined)(
  `Docker Hub itself${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    const run = Date.now();
    let count = 0;
    registryContract({
      runner,
      skip: [hidden],
      create: async () => {
        count += 1;
        const prefix = `${namespace}/bayplan-contract-${run}-${count}`;
        const registry = createDockerHubRegistry({ username, password: secret });
        return {
          registry,
          host: "docker.io",
          pageSize: 10,
          repository: (name) => `${prefix}-${name}`,
          dispose: () => registry.close(),
        };
      },
    });
  },
);
