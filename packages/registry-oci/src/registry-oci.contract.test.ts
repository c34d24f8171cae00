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

// Started here, because whether it is installed decides which suite there is.
const server = await startDockerRegistry();
describe.skipIf(server === undefined)(
  `docker-registry${server === undefined ? " (skipped: the binary is not installed, try apt-get install docker-registry)" : ""}`,
  () => {
    let count = 0;
    afterAll(() => server?.close());
    registryContract({
      runner,
      create: async () => {
        const host = server?.host ?? "";
        count += 1;
        const prefix = `contract/${count}`;
        const registry = createOciRegistry({ hosts: [host] });
        // This registry ignores `n` and gives all tags on one page, so laziness cannot be seen: no `requests`.
        return {
          registry,
          host,
          pageSize: 10,
          repository: (name) => `${prefix}/${name}`,
          dispose: () => registry.close(),
        };
      },
    });
  },
);
