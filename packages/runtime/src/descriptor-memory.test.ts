import { type Descriptor, type Digest, digestOf, type ManifestCache, type StoredBytes } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { createDescriptorMemory } from "./descriptor-memory.ts";
import { createManifestCache } from "./manifest-cache.ts";

const mediaType = "application/vnd.oci.image.index.v1+json";

function manifest(name: string, of = mediaType): StoredBytes {
  const document = { schemaVersion: 2, mediaType: of, manifests: [], annotations: { name } };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { descriptor: { mediaType: of, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}

const descriptor = (name: string, size = 7): Descriptor => ({ ...manifest(name).descriptor, size });

/** A cache that gives this whatever is asked, and counts. */
function cacheOf(read: () => Promise<StoredBytes | undefined>): ManifestCache & { readonly reads: () => number } {
  let reads = 0;
  return {
    reads: () => reads,
    read: () => {
      reads += 1;
      return read();
    },
    write: async () => {},
  };
}

describe("createDescriptorMemory", () => {
  it("gives back media type, digest and size of what was noted, and nothing else", async () => {
    const memory = createDescriptorMemory(undefined);
    const one = descriptor("one");
    memory.note({ ...one, annotations: { large: "x" } });
    expect(await memory.find(one.digest, {})).toEqual(one);
    expect(await memory.find(descriptor("two").digest, {})).toBeUndefined();
  });

  it("keeps what was noted first of a digest, and is not changed through what was given", async () => {
    const memory = createDescriptorMemory(undefined);
    const given = { ...descriptor("one", 7) };
    memory.note(given);
    given.size = 9;
    memory.note(descriptor("one", 8));
    expect((await memory.find(given.digest, {}))?.size).toBe(7);
  });

  it("forgets what was noted first when it is full", async () => {
    const memory = createDescriptorMemory(undefined, { maxDescriptors: 2 });
    const all = ["one", "two", "one", "three"].map((name) => descriptor(name));
    for (const each of all) memory.note(each);
    const there = await Promise.all(["one", "two", "three"].map((name) => memory.find(descriptor(name).digest, {})));
    expect(there.map((found) => found !== undefined)).toEqual([false, true, true]);
  });

  it("asks the cache for what was not noted, and once", async () => {
    const one = manifest("one");
    const cache = cacheOf(async () => one);
    const memory = createDescriptorMemory(cache);
    expect(await memory.find(one.descriptor.digest, {})).toEqual(one.descriptor);
    expect(await memory.find(one.descriptor.digest, {})).toEqual(one.descriptor);
    expect(cache.reads()).toBe(1);
    const noted = descriptor("two");
    memory.note(noted);
    await memory.find(noted.digest, {});
    expect(cache.reads()).toBe(1);
  });

  it("finds what was written into a manifest cache", async () => {
    const cache = createManifestCache();
    const one = manifest("one");
    await cache.write(one);
    expect(await createDescriptorMemory(cache).find(one.descriptor.digest, {})).toEqual(one.descriptor);
    expect(await createDescriptorMemory(cache).find(manifest("two").descriptor.digest, {})).toBeUndefined();
  });

  const one = manifest("one");
  const noManifest = new TextEncoder().encode("{}");
  it.each<[string, Digest, () => Promise<StoredBytes | undefined>]>([
    ["fails", one.descriptor.digest, () => Promise.reject(new Error("disk"))],
    ["gives other bytes", one.descriptor.digest, async () => ({ ...one, bytes: manifest("two").bytes })],
    [
      "gives another media type than the bytes'",
      one.descriptor.digest,
      async () => ({
        ...one,
        // Another index: the bytes can be read as what the cache says, but say something else themselves.
        descriptor: {
          ...one.descriptor,
          mediaType: "application/vnd.docker.distribution.manifest.list.v2+json",
        },
      }),
    ],
    [
      "gives what is no manifest",
      digestOf(noManifest),
      async () => ({ descriptor: { mediaType, digest: digestOf(noManifest), size: 2 }, bytes: noManifest }),
    ],
  ])("knows nothing from a cache that %s", async (_, digest, read) => {
    expect(await createDescriptorMemory(cacheOf(read)).find(digest, {})).toBeUndefined();
  });

  it("tells the size of the bytes, whatever the cache says of it", async () => {
    const lying = cacheOf(async () => ({ ...one, descriptor: { ...one.descriptor, size: 1 } }));
    const found = await createDescriptorMemory(lying).find(one.descriptor.digest, {});
    expect(found?.size).toBe(one.bytes.byteLength);
  });

  it("hands the signal to the cache", async () => {
    const signal = AbortSignal.abort();
    let given: AbortSignal | undefined;
    const cache: ManifestCache = {
      read: async (_, call) => {
        given = call?.signal;
        return undefined;
      },
      write: async () => {},
    };
    await createDescriptorMemory(cache).find(one.descriptor.digest, { signal });
    expect(given).toBe(signal);
  });

  it("refuses a size that is none", () => {
    for (const maxDescriptors of [0, -1, Number.NaN]) {
      expect(() => createDescriptorMemory(undefined, { maxDescriptors })).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT" }),
      );
    }
  });
});
