import { ECRClient } from "@aws-sdk/client-ecr";
import { registryContract } from "@bayplan/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createEcrRegistry } from "./create-ecr-registry.ts";
import { findEcrAccount } from "./find-ecr-account.ts";
import { openEcr } from "./testing/open-ecr.ts";

const runner = { describe, it };
const pageSize = 4;

describe("the simulator, on a loopback socket", () => {
  registryContract({
    runner,
    create: async () => {
      const { simulator, registry, served, close } = await openEcr({
        simulator: { pageSize, repositories: ["contract/images"] },
      });
      return {
        registry,
        host: served.host,
        pageSize,
        requests: () => simulator.log.length,
        dispose: close,
      };
    },
    skip: [
      {
        reason: "the repository was created beforehand, as Amazon ECR needs it: see the next suite",
        tests: ["fails to list an unknown repository with NOT_FOUND"],
      },
    ],
  });
});

describe("the simulator, repositories that do not exist", () => {
  registryContract({
    runner: {
      describe,
      // The rest of the suite stores something, which Amazon ECR refuses here.
      it: (name, test) => (/unknown repository/.test(name) ? it(name, test) : undefined),
    },
    create: async () => {
      const { registry, served, close } = await openEcr();
      return { registry, host: served.host, dispose: close };
    },
  });
});

// Never by default: costs money, needs an account. Creates the repositories bayplan-contract/<time>-<n>, and deletes them.
const isLive = (process.env["BAYPLAN_LIVE"] ?? "").split(",").includes("ecr");
const advice = isLive ? "" : " (skipped: BAYPLAN_LIVE does not contain ecr)";
describe.skipIf(!isLive)(`the real Amazon ECR${advice}`, { timeout: 300_000 }, () => {
  const created: string[] = [];
  let account = { accountId: "", region: "" };
  beforeAll(async () => {
    account = await findEcrAccount();
  });
  afterAll(async () => {
    const { DeleteRepositoryCommand } = await import("@aws-sdk/client-ecr");
    const client = new ECRClient({ region: account.region });
    for (const repositoryName of created) {
      await client.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    }
    client.destroy();
  });
  registryContract({
    runner,
    create: async () => {
      const registry = createEcrRegistry(account);
      const [host = ""] = registry.hosts;
      const path = `bayplan-contract/${Date.now()}-${created.length}`;
      await registry.ensureRepository({ registry: host, repository: path });
      created.push(path);
      return { registry, host, pageSize: 10, repository: () => path, dispose: () => registry.close() };
    },
    skip: [
      {
        reason: "the repository was created beforehand, as Amazon ECR needs it",
        tests: ["fails to list an unknown repository with NOT_FOUND"],
      },
    ],
  });
});
