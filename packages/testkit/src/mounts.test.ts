import { http } from "msw";
import { setupServer } from "msw/node";
import { afterEach, describe, expect, it } from "vitest";
import { buildImage } from "./image/build-image.ts";
import { pullBase } from "./image/pull-base.ts";
import { pushImage } from "./image/push-image.ts";
import type { RegistryAccess } from "./image/registry-session.ts";
import { createEmbeddedRegistry, type EmbeddedRegistry } from "./registry/embedded-registry.ts";
import { serve } from "./serve.ts";

type Mount = (registry: EmbeddedRegistry) => Promise<RegistryAccess & { unmount(): unknown }>;

const mounts: Record<string, Mount> = {
  "handed in as fetch": async (registry) => ({ origin: "http://direct.test", fetch: registry.fetch, unmount() {} }),
  "behind msw": async (registry) => {
    const server = setupServer(http.all("http://msw.test/*", ({ request }) => registry.fetch(request)));
    server.listen({ onUnhandledRequest: "error" });
    return { origin: "http://msw.test", unmount: () => server.close() };
  },
  "on a socket": async (registry) => {
    const served = await serve(registry.fetch);
    return { origin: served.origin, unmount: () => served.close() };
  },
};

describe("an embedded registry", () => {
  let unmount: (() => unknown) | undefined;
  afterEach(() => unmount?.());

  for (const [name, mount] of Object.entries(mounts)) {
    it(`works ${name}`, async () => {
      const registry = createEmbeddedRegistry({ auth: { kind: "bearer", users: { robot: "s3cret" } } });
      const mounted = await mount(registry);
      unmount = mounted.unmount;
      const access = { ...mounted, credentials: { username: "robot", password: "s3cret" } };
      const image = await buildImage({
        platforms: ["linux/amd64", "linux/arm64"],
        files: { big: "x".repeat(300_000) },
      });
      await pushImage({ ...access, repository: "team/app", tag: "v1", image });
      expect((await pullBase({ ...access, reference: "team/app:v1" })).digest).toBe(image.digest);
      expect(registry.snapshot()).toEqual({ "team/app": { v1: image.digest } });
    });
  }
});
