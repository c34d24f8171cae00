import { createEmbeddedRegistry, registryContract, serve, startDockerRegistry } from "@bayplan/testkit";
import { http, passthrough } from "msw";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";

const runner = { describe, it };
const pageSize = 4;
const users = { bayplan: "dummy-password" };
const credentials = { username: "bayplan", password: "dummy-password" };

describe("injected fetch, bearer tokens", () => {
  registryContract({
    runner,
    create: async () => {
      const embedded = createEmbeddedRegistry({ pageSize, auth: { kind: "bearer", users } });
      const registry = createOciRegistry({ hosts: ["registry.test"], credentials, fetch: embedded.fetch });
      return {
        registry,
        host: "registry.test",
        pageSize,
        requests: () => embedded.log.length,
        dispose: () => registry.close(),
      };
    },
  });
});

describe("msw and the global fetch, basic authentication", () => {
  let embedded = createEmbeddedRegistry();
  const worker = setupServer(
    http.all("https://registry.test/*", ({ request }) => embedded.fetch(request)),
    http.all("*", () => passthrough()),
  );
  beforeAll(() => worker.listen({ onUnhandledRequest: "error" }));
  afterAll(() => worker.close());
  registryContract({
    runner,
    create: async () => {
      embedded = createEmbeddedRegistry({ pageSize, auth: { kind: "basic", users } });
      const registry = createOciRegistry({
        hosts: ["registry.test"],
        credentials: async () => credentials,
        fetch: (url, init) => globalThis.fetch(url, init),
      });
      return {
        registry,
        host: "registry.test",
        pageSize,
        requests: () => embedded.log.length,
        dispose: () => registry.close(),
      };
    },
  });
});

describe("a loopback socket and undici, anonymous", () => {
  registryContract({
    runner,
    create: async () => {
      const embedded = createEmbeddedRegistry({ pageSize });
      const served = await serve(embedded.fetch);
      const registry = createOciRegistry({ hosts: [served.host] });
      return {
        registry,
        host: served.host,
        pageSize,
        requests: () => embedded.log.length,
        dispose: async () => {
          await registry.close();
          await served.close();
        },
      };
    },
  });
});

// Real servers of another project. Started here, because whether they are installed decides which suites there are.
const distributions = [
  ["docker-registry 2.8", "docker-registry", "try apt-get install docker-registry"],
  ["distribution 3", process.env["BAYPLAN_DISTRIBUTION"] ?? "", "BAYPLAN_DISTRIBUTION names no binary"],
] as const;
for (const [name, command, advice] of distributions) {
  const server = command === "" ? undefined : await startDockerRegistry(command);
  describe.skipIf(server === undefined)(`${name}${server === undefined ? ` (skipped: ${advice})` : ""}`, () => {
    let count = 0;
    afterAll(() => server?.close());
    registryContract({
      runner,
      create: async () => {
        const host = server?.host ?? "";
        count += 1;
        const prefix = `contract/${count}`;
        const registry = createOciRegistry({ hosts: [host] });
        // 2.8 ignores `n` and gives all tags on one page, so laziness cannot be seen: no `requests`.
        return {
          registry,
          host,
          pageSize: 10,
          repository: (repository) => `${prefix}/${repository}`,
          dispose: () => registry.close(),
        };
      },
    });
  });
}
