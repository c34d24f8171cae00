import { describe, expect, it } from "vitest";
import { parseReference } from "../oci/reference.ts";
import { createFakeRegistry } from "../testing/fake-registry.ts";
import { readOnly } from "./read-only.ts";
import type { RegistryAdapter } from "./registry.ts";

const image = "ghcr.io/o/a:1";
const repository = { registry: "ghcr.io", repository: "o/a" };

describe("readOnly", () => {
  it("reads what the registry has", async () => {
    const registry = createFakeRegistry();
    const digest = registry.push(image);
    const reader = readOnly(registry);
    expect(await reader.resolve(parseReference(image))).toMatchObject({ state: "present", descriptor: { digest } });
    expect(await reader.fetchManifest(parseReference(image))).toMatchObject({ descriptor: { digest } });
    const tags: string[] = [];
    for await (const tag of reader.listTags(repository)) tags.push(tag);
    expect(tags).toEqual(["1"]);
    expect([reader.id, reader.hosts]).toEqual([registry.id, registry.hosts]);
  });

  it("lets no effect pass, of whatever the adapter can do", async () => {
    const touched: string[] = [];
    const effect = (name: string) => async () => {
      touched.push(name);
      return true as never;
    };
    const able: RegistryAdapter = {
      ...createFakeRegistry(),
      putManifest: effect("putManifest"),
      putBlob: effect("putBlob"),
      tag: effect("tag"),
      deleteManifest: effect("deleteManifest"),
      untag: effect("untag"),
      mountBlob: effect("mountBlob"),
    };
    const reader = readOnly({ ...able, wipe: effect("wipe") } as RegistryAdapter);
    expect(Object.keys(reader).sort()).toEqual(
      [
        "fetchBlob",
        "fetchManifest",
        "hosts",
        "id",
        "listTags",
        "putBlob",
        "putManifest",
        "resolve",
        "tag",
        "untagging",
      ].sort(),
    );
    const digest = createFakeRegistry().push(image);
    const target = { ...repository, kind: "digest", digest } as const;
    await expect(reader.tag(target, "1", { absent: true })).rejects.toMatchObject({ code: "NOT_ALLOWED" });
    const stored = { descriptor: { mediaType: "x/y", digest, size: 1 }, bytes: new Uint8Array(1) };
    await expect(reader.putManifest(repository, stored)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
    const content = (async function* () {})();
    await expect(reader.putBlob(repository, stored.descriptor, content)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
    expect(touched).toEqual([]);
  });

  it("keeps the capabilities that only read", async () => {
    const registry = createFakeRegistry();
    const referrers = { list: async function* () {} };
    const reader = readOnly({ ...registry, referrers, inventory: { list: async function* () {} } });
    expect(reader.referrers).toBeDefined();
    expect(reader.inventory).toBeDefined();
    expect(reader.resolveMany).toBeUndefined();
    expect(reader.inventory).not.toHaveProperty("covers");
    const inventory = { covers: "tagged", refusesReferenced: true, list: async function* () {} } as const;
    // A list without untagged manifests must not pass for a whole one.
    expect(readOnly({ ...registry, inventory }).inventory).toMatchObject({ covers: "tagged", refusesReferenced: true });
    expect(reader.untagging).toBe("unsupported");
    expect(readOnly({ ...registry, untag: async () => {} }).untagging).toBe("any");
  });
});
