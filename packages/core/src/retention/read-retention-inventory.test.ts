import { describe, expect, it, vi } from "vitest";
import { BayplanError } from "../errors.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { parseRepository } from "../oci/reference.ts";
import { readOnly } from "../ports/read-only.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import { createImageStore } from "../testing/image-store.ts";
import { createFakeRepository } from "../testing/retention/fake-repository.ts";
import { now, smallRepository } from "../testing/retention/small-repository.ts";
import { readRetentionInventory } from "./read-retention-inventory.ts";

const small = smallRepository({
  part: {},
  index: { tags: ["v1"], children: ["part", "nowhere"] },
  signature: { subject: "index" },
});

function open() {
  const repository = createFakeRepository(small.inventory, { now });
  return { ...repository, repository };
}

const codes = (inventory: Awaited<ReturnType<typeof readRetentionInventory>>) =>
  inventory.manifests.flatMap(({ links }) => (links.state === "unreadable" ? [links.error] : []));

describe("readRetentionInventory", () => {
  it("lists everything, then reads what each manifest points at", async () => {
    const { name, registry, calls } = open();
    const inventory = await readRetentionInventory(name, registry);
    expect(inventory.manifests.map(({ descriptor, links }) => [descriptor.digest, links])).toEqual(
      small.inventory.manifests.map(({ descriptor, links }) => [descriptor.digest, links]),
    );
    expect(inventory).toMatchObject({ repository: name, untagging: "any" });
    expect(inventory).not.toHaveProperty("covers");
    expect(inventory).not.toHaveProperty("incomplete");
    expect(calls[0]).toBe("list");
    expect(calls).toHaveLength(4);
  });

  it.each(["RATE_LIMITED", "TIMEOUT", "INCOMPLETE", "DENIED"] as const)(
    "says that the list broke off (%s)",
    async (code) => {
      const { name, registry } = open();
      const list = registry.inventory?.list.bind(registry.inventory);
      async function* broken() {
        for await (const manifest of list?.(name) ?? []) {
          yield manifest;
          throw new BayplanError(code, "No more.");
        }
      }
      const inventory = await readRetentionInventory(name, { ...registry, inventory: { list: broken } });
      expect(inventory.incomplete).toEqual({ error: code });
      expect(inventory.manifests).toHaveLength(1);
    },
  );

  it("throws what is wrong with the question, and that it was cancelled", async () => {
    const { name, repository } = open();
    for (const code of ["NOT_ALLOWED", "CANCELLED", "INVALID_REFERENCE"] as const) {
      repository.onCall = () => {
        throw new BayplanError(code, "No.");
      };
      await expect(readRetentionInventory(name, repository.registry)).rejects.toMatchObject({ code });
    }
    await expect(
      readRetentionInventory(name, { ...repository.registry, resolve: undefined as never }),
    ).rejects.toThrow();
  });

  it("tells what could not be read from what is gone", async () => {
    const { name, repository } = open();
    repository.onCall = (call) => {
      if (call === `manifest ${small.digest("part")}`) throw new BayplanError("UNAVAILABLE", "Later.");
    };
    expect(codes(await readRetentionInventory(name, repository.registry))).toEqual(["UNAVAILABLE"]);
    // Listed, and then deleted by somebody.
    repository.onCall = (call) => {
      if (call.startsWith("manifest")) repository.remove(small.digest("part"));
    };
    const inventory = await readRetentionInventory(name, repository.registry);
    expect(inventory.manifests).toHaveLength(2);
    expect(codes(inventory)).toEqual([]);
  });

  it("does not take for gone what is there and was not given", async () => {
    const { name, registry } = open();
    const silent = { ...registry, fetchManifest: async () => undefined };
    expect(codes(await readRetentionInventory(name, silent))).toEqual(["INCOMPLETE", "INCOMPLETE", "INCOMPLETE"]);
    const hidden: RegistryAdapter = { ...silent, resolve: async () => ({ state: "denied-or-absent" }) };
    expect(codes(await readRetentionInventory(name, hidden))).toEqual(["DENIED", "DENIED", "DENIED"]);
  });

  it("has a limit, and reports how far it is", async () => {
    const { name, registry } = open();
    const seen: object[] = [];
    const inventory = await readRetentionInventory(name, registry, { onProgress: (at) => seen.push({ ...at }) });
    expect(inventory.manifests).toHaveLength(3);
    expect(seen.at(-1)).toEqual({ listed: 3, read: 3 });
    expect((await readRetentionInventory(name, registry, { maxManifests: 2 })).incomplete).toEqual({
      error: "INCOMPLETE",
    });
    const byTags: RegistryAdapter = withoutInventory(registry);
    expect((await readRetentionInventory(name, byTags, { maxManifests: 1 })).incomplete).toEqual({
      error: "INCOMPLETE",
    });
  });

  it("finds what has no tag from the tags, where nobody lists it", async () => {
    const { name, registry } = open();
    const [, index, signature] = small.inventory.manifests;
    const referrers = {
      async *list(subject: { readonly digest: string }) {
        if (subject.digest === index?.descriptor.digest && signature) yield signature.descriptor;
      },
    };
    const inventory = await readRetentionInventory(name, { ...withoutInventory(registry), referrers });
    expect(inventory.covers).toBe("tagged");
    expect(inventory.manifests.map(({ descriptor }) => descriptor.digest).sort()).toEqual(
      small.inventory.manifests.map(({ descriptor }) => descriptor.digest).sort(),
    );
    expect(inventory.manifests.every(({ pushedAt }) => pushedAt === undefined)).toBe(true);
    const vouched = await readRetentionInventory(name, withoutInventory(registry), { untaggedNeedNothing: true });
    expect(vouched).not.toHaveProperty("covers");
    const failing = {
      async *list(): AsyncGenerator<never> {
        yield* [];
        throw new BayplanError("TIMEOUT", "Late.");
      },
    };
    const broken = await readRetentionInventory(name, { ...withoutInventory(registry), referrers: failing });
    expect(broken.incomplete).toEqual({ error: "TIMEOUT" });
  });

  it("knows how tags are taken away, also of a registry that is only read", async () => {
    const { name, registry } = open();
    const { untagging: _, ...any } = registry;
    const { untag: __, ...none } = any;
    const told = async (of: RegistryAdapter) => (await readRetentionInventory(name, of)).untagging;
    expect(await told(any)).toBe("any");
    expect(await told(none)).toBe("unsupported");
    expect(await told({ ...registry, untagging: "not-the-last" })).toBe("not-the-last");
    expect(await told(readOnly(any))).toBe("any");
    const hub = {
      ...any,
      inventory: { ...any.inventory, covers: "tagged", refusesReferenced: true },
    } as RegistryAdapter;
    const read = await readRetentionInventory(name, readOnly(hub));
    expect(read).toMatchObject({ covers: "tagged", refusesReferenced: true });
  });

  it("listens to the signal once, however much is read at once", async () => {
    const many = Array.from({ length: 40 }, (_, index) => [`m${index}`, { tags: [`t${index}`], children: ["child"] }]);
    const repository = createFakeRepository(smallRepository(Object.fromEntries(many)).inventory, { now });
    const signal = new AbortController().signal;
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    await readRetentionInventory(repository.name, withoutInventory(repository.registry), { signal });
    expect(add.mock.calls.length).toBeLessThan(5);
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });

  it("reads labels of what has a tag, if they are wanted", async () => {
    const store = createImageStore();
    const platform = {
      platform: "linux/amd64",
      config: { config: { Labels: { "quay.expires-after": "2d", odd: 1 } } },
    };
    const digest = store.add("1.0", [platform]);
    const registry: RegistryAdapter = {
      ...store.registry,
      inventory: {
        async *list() {
          yield { descriptor: { mediaType: mediaTypes.ociManifest, digest, size: 1 }, tags: ["1.0"] };
        },
      },
    };
    const name = parseRepository("ghcr.io/o/a");
    const labelled = await readRetentionInventory(name, registry, { labels: true });
    expect(labelled.manifests[0]?.labels).toEqual({ "quay.expires-after": "2d" });
    const plain = await readRetentionInventory(name, registry);
    expect(plain.manifests[0]).not.toHaveProperty("labels");
    const broken = {
      ...registry,
      async *fetchBlob(): AsyncGenerator<Uint8Array> {
        yield* [];
        throw new BayplanError("NOT_FOUND", "No.");
      },
    };
    expect((await readRetentionInventory(name, broken, { labels: true })).manifests[0]).not.toHaveProperty("labels");
  });
});

function withoutInventory(registry: RegistryAdapter): RegistryAdapter {
  const { inventory: _, ...others } = registry;
  return others;
}
