import { createEmbeddedRegistry, registryContract, serve, startDockerRegistry } from "@bayplan/testkit";
import { http, passthrough } from "msw";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { startOlareg } from "./testing/start-olareg.ts";

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
    http.all("https://registry.test/*", ({ request }) =>
      embedded.fetch(request).catch((error: unknown) => {
        // msw would print it; the client has turned away from the answer.
        if (request.signal.aborted) return Response.error();
        throw error;
      }),
    ),
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

// Real servers of other projects. Started here, because whether they are installed decides which suites there are.
const distribution = process.env["BAYPLAN_DISTRIBUTION"] ?? "";
const olareg = process.env["BAYPLAN_OLAREG"] ?? "";
const servers = [
  {
    name: "docker-registry 2.8",
    server: await startDockerRegistry(),
    advice: "try apt-get install docker-registry",
  },
  {
    name: "distribution 3",
    server: distribution === "" ? undefined : await startDockerRegistry(distribution),
    advice: "BAYPLAN_DISTRIBUTION names no binary",
  },
  {
    name: "olareg",
    server: olareg === "" ? undefined : await startOlareg(olareg),
    advice: "BAYPLAN_OLAREG names no binary",
    skip: [
      {
        reason: "olareg has every repository: it lists no tags of one that was never written to",
        tests: ["fails to list an unknown repository with NOT_FOUND"],
      },
    ],
  },
];
for (const { name, server, advice, skip = [] } of servers) {
  describe.skipIf(server === undefined)(`${name}${server === undefined ? ` (skipped: ${advice})` : ""}`, () => {
    let count = 0;
    afterAll(() => server?.close());
    registryContract({
      runner,
      skip,
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
