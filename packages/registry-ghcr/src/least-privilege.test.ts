import { digestReference, tagReference } from "@bayplan/core";
import type { SimulatedPackageToken } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import type { GhcrRegistry } from "./create-ghcr-registry.ts";
import { collect, openTestGhcr, type TestGhcr } from "./testing/open-test-ghcr.ts";

// The table of docs/registries/ghcr.md: each row grants exactly what it names.
interface Job {
  readonly use: (registry: GhcrRegistry, ghcr: TestGhcr) => Promise<unknown>;
  readonly classic: readonly ("read:packages" | "write:packages" | "delete:packages")[];
  readonly workflow: "read" | "write";
  readonly role: "read" | "write" | "admin";
}

const target = async (ghcr: TestGhcr, content = "one") => {
  const image = await ghcr.push(content, [content]);
  return digestReference(ghcr.name, image.digest);
};

const jobs: Readonly<Record<string, Job>> = {
  "resolve, fetch, list tags": {
    classic: ["read:packages"],
    workflow: "read",
    role: "read",
    use: async (registry, { name }) => {
      expect(await registry.resolve(tagReference(name, "one"))).toMatchObject({ state: "present" });
      expect(await registry.fetchManifest(tagReference(name, "one"))).toBeDefined();
      expect(await collect(registry.listTags(name))).toContain("one");
    },
  },
  "inventory, referrers": {
    classic: ["read:packages"],
    workflow: "read",
    role: "read",
    use: async (registry, { name }) => {
      expect(await collect(registry.inventory?.list(name) ?? ReadableStream.from([]))).not.toEqual([]);
    },
  },
  "push, tag": {
    classic: ["write:packages"],
    workflow: "write",
    role: "write",
    use: async (registry, ghcr) => {
      const at = await target(ghcr, "two");
      await registry.tag(at, "three", { absent: true });
    },
  },
  deleteManifest: {
    classic: ["read:packages", "delete:packages"],
    workflow: "write",
    role: "admin",
    use: async (registry, ghcr) => {
      await registry.deleteManifest?.(await target(ghcr, "two"), { tags: ["two"], parents: [] });
    },
  },
  untag: {
    classic: ["write:packages", "delete:packages"],
    workflow: "write",
    role: "admin",
    use: async (registry, ghcr) => {
      const { digest } = await target(ghcr, "two");
      await registry.untag?.(tagReference(ghcr.name, "two"), digest);
    },
  },
  restore: {
    classic: ["write:packages"],
    workflow: "write",
    role: "admin",
    use: async (registry, ghcr) => {
      const at = await target(ghcr, "two");
      await ghcr.registry.deleteManifest?.(at, { tags: ["two"], parents: [] });
      await registry.restore?.(at);
      expect(await registry.resolve(at)).toMatchObject({ state: "present" });
    },
  },
};

const lower = { write: "read", admin: "write" } as const;

async function run(token: SimulatedPackageToken, { use }: Job): Promise<void> {
  const ghcr = openTestGhcr({ tokens: { exactly: token } });
  await ghcr.push("one", ["one"]);
  await use(ghcr.open({ token: "exactly" }), ghcr);
}

describe.each(Object.entries(jobs))("%s", (_, job) => {
  const { classic: scopes, workflow: packages, role } = job;

  it(`works with a classic token with ${scopes.join(" and ")}`, async () => {
    await run({ kind: "classic", login: "hubot", scopes, roles: { octo: role } }, job);
  });

  it.each(scopes)("and not without %s", async (scope) => {
    const fewer = scopes.filter((one) => one !== scope);
    await expect(run({ kind: "classic", login: "hubot", scopes: fewer, roles: { octo: role } }, job)).rejects.toThrow();
  });

  it(`works in a workflow with packages: ${packages} and the role ${role}`, async () => {
    await run({ kind: "workflow", packages, roles: { octo: role } }, job);
  });

  it("and not with less", async () => {
    const less = packages === "write" ? "read" : "none";
    await expect(run({ kind: "workflow", packages: less, roles: { octo: role } }, job)).rejects.toThrow();
    const roles = role === "read" ? {} : { octo: lower[role] };
    await expect(run({ kind: "workflow", packages, roles }, job)).rejects.toThrow();
  });

  it("does not work with a fine-grained token", async () => {
    await expect(run({ kind: "fine-grained", login: "mona" }, job)).rejects.toThrow();
  });
});
