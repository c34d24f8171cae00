import {
  digestOf,
  digestReference,
  type ManifestCache,
  mediaTypes,
  parseReference,
  type StoredBytes,
  tagReference,
} from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import { createEmbeddedRegistry, createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { manifestOf, startScripted } from "./testing/scripted-registry.ts";

const place = { registry: "registry.test", repository: "a/b" };

function manifest(name: string): StoredBytes {
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], annotations: { name } };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}

/** A registry with one tagged manifest, an adapter that put it there, and one with a cache. */
async function start(cache: ManifestCache = createManifestCache()) {
  const embedded = createEmbeddedRegistry();
  const clock = createVirtualClock({ auto: true });
  const common = { hosts: [place.registry], fetch: embedded.fetch, clock };
  const writer = createOciRegistry(common);
  const stored = manifest("one");
  const byDigest = digestReference(place, stored.descriptor.digest);
  await writer.putManifest(place, stored);
  await writer.tag(byDigest, "v1", { absent: true });
  const requests = async (work: () => Promise<unknown>) => {
    const from = embedded.log.length;
    await work();
    return embedded.log.slice(from).map((request) => request.method);
  };
  const open = () => createOciRegistry({ ...common, cache });
  return { embedded, writer, registry: open(), open, stored, byDigest, requests, cache };
}

it("asks for a digest once, and for a tag each time", async () => {
  const { registry, open, stored, byDigest, requests } = await start();
  expect(await requests(() => registry.fetchManifest(byDigest))).toEqual(["GET"]);
  expect(await requests(() => registry.fetchManifest(byDigest))).toEqual([]);
  // Another adapter with the same cache.
  expect(await requests(() => open().fetchManifest(byDigest))).toEqual([]);
  expect(await registry.fetchManifest(byDigest)).toEqual(stored);
  const byTag = tagReference(place, "v1");
  expect(await requests(() => registry.fetchManifest(byTag))).toEqual(["GET"]);
  expect(await requests(() => registry.fetchManifest(byTag))).toEqual(["GET"]);
});

it("learns from tags that were read and from manifests that were put, but not from what is not there", async () => {
  const { writer, registry, byDigest, requests } = await start();
  await registry.fetchManifest(tagReference(place, "v1"));
  expect(await requests(() => registry.fetchManifest(byDigest))).toEqual([]);
  const two = manifest("two");
  const other = digestReference(place, two.descriptor.digest);
  expect(await registry.fetchManifest(other)).toBeUndefined();
  await writer.putManifest(place, two);
  expect(await registry.fetchManifest(other)).toEqual(two);
  const three = manifest("three");
  await registry.putManifest(place, three);
  const last = digestReference(place, three.descriptor.digest);
  expect(await requests(() => registry.fetchManifest(last))).toEqual([]);
});

it("never takes what is known for what is there", async () => {
  const { writer, registry, byDigest, stored, requests } = await start();
  await registry.fetchManifest(byDigest);
  await writer.deleteManifest?.(byDigest, { tags: ["v1"], parents: [] });
  expect(await registry.fetchManifest(byDigest)).toEqual(stored);
  expect(await registry.resolve(byDigest)).toEqual({ state: "absent" });
  await expect(registry.tag(byDigest, "v2", { absent: true })).rejects.toMatchObject({ code: "NOT_FOUND" });
  const tags = [
    { tag: "v2", expected: { absent: true } as const },
    { tag: "v3", expected: { absent: true } as const },
  ];
  await expect(registry.tagMany?.(byDigest, tags)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await requests(async () => registry.deleteManifest?.(byDigest, { tags: [], parents: [] }))).toEqual(["HEAD"]);
  expect(await requests(() => registry.putManifest(place, stored))).toEqual(["PUT"]);
});

it("answers for its own hosts only, whatever the cache knows, and not to who has cancelled", async () => {
  const { registry, byDigest, stored } = await start();
  await registry.fetchManifest(byDigest);
  const foreign = parseReference(`other.test/a/b@${byDigest.digest}`);
  await expect(registry.fetchManifest(foreign)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  const signal = AbortSignal.abort();
  const deaf = await start({ read: async () => stored, write: async () => {} });
  for (const each of [registry, deaf.registry]) {
    await expect(each.fetchManifest(byDigest, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
  }
});

it("does without a cache that fails, and does not believe one that lies", async () => {
  const broken: ManifestCache = {
    read: () => Promise.reject(new Error("disk on fire")),
    write: () => Promise.reject(new Error("disk on fire")),
  };
  const failing = await start(broken);
  expect(await failing.registry.fetchManifest(failing.byDigest)).toEqual(failing.stored);
  const { stored } = failing;
  const wrongBytes = { ...stored, bytes: manifest("other").bytes };
  const wrongType = { ...stored, descriptor: { ...stored.descriptor, mediaType: mediaTypes.ociManifest } };
  for (const lie of [wrongBytes, wrongType]) {
    const lying = await start({ read: async () => lie, write: async () => {} });
    expect(await lying.requests(() => lying.registry.fetchManifest(lying.byDigest))).toEqual(["GET"]);
    expect(await lying.registry.fetchManifest(lying.byDigest)).toEqual(stored);
  }
});

it("keeps nothing under a media type that the document does not give itself", async () => {
  const cache = createManifestCache();
  const image = manifestOf("x");
  const headers = { ...image.headers, "content-type": mediaTypes.dockerIndex };
  await using scripted = await startScripted(() => new Response(image.bytes, { headers }), { cache });
  const reference = digestReference({ registry: scripted.host, repository: "a/b" }, image.descriptor.digest);
  await scripted.registry.fetchManifest(reference);
  expect(await cache.read(image.descriptor.digest)).toBeUndefined();
  expect(scripted.seen).toHaveLength(1);
});
