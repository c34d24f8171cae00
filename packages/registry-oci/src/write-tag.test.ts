import { type Digest, digestOf, digestReference, type Expected } from "@bayplan/core";
import { buildImage, createEmbeddedRegistry, createVirtualClock, type EmbeddedRegistryOptions } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { startScripted } from "./testing/scripted-registry.ts";

const name = { registry: "registry.test", repository: "a/b" };
const put = { method: "PUT", path: "/manifests/latest" };

async function start(options: EmbeddedRegistryOptions = {}) {
  const embedded = createEmbeddedRegistry(options);
  const clock = createVirtualClock({ auto: true });
  const registry = createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch, clock });
  const digests: Digest[] = [];
  for (const content of ["one", "two", "three"]) {
    const image = await buildImage({ platforms: ["linux/amd64"], files: { content } });
    for (const blob of image.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
    for (const manifest of [...image.children, image.root]) await registry.putManifest(name, manifest);
    digests.push(image.digest);
  }
  const [one, two, three] = digests as [Digest, Digest, Digest];
  const tag = (digest: Digest, expected: Expected) => registry.tag(digestReference(name, digest), "latest", expected);
  const writes = () =>
    embedded.log.filter((request) => request.method === "PUT" && request.path.endsWith("/latest")).length;
  const shows = () => embedded.snapshot()[name.repository]?.["latest"];
  return { embedded, registry, tag, writes, shows, one, two, three };
}

it("writes nothing when the tag is right already or not where it is expected", async () => {
  const { tag, writes, one, two, three } = await start();
  expect(await tag(one, { absent: true })).toEqual({ guarantee: "checked", previous: { absent: true }, changed: true });
  expect(await tag(one, { digest: two })).toEqual({ guarantee: "checked", previous: { digest: one }, changed: false });
  await expect(tag(three, { digest: two })).rejects.toMatchObject({ code: "TAG_MOVED" });
  await expect(tag(three, { absent: true })).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(writes()).toBe(1);
});

it("says TAG_MOVED when someone else writes between its write and its look", async () => {
  const { embedded, registry, tag, one, two, shows } = await start();
  const rival = createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch });
  embedded.inject({
    match: { method: "HEAD", path: "/manifests/latest" },
    after: 1,
    effect: { before: async () => void (await rival.tag(digestReference(name, two), "latest", { digest: one })) },
  });
  await expect(tag(one, { absent: true })).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(shows()).toBe(two);
  await registry.close();
});

it("succeeds when the answer to its write is lost, although every one is", async () => {
  const { embedded, tag, one, shows } = await start();
  const fault = embedded.inject({ match: put, times: 99, effect: { loseResponse: true } });
  expect(await tag(one, { absent: true })).toMatchObject({ changed: true });
  expect(shows()).toBe(one);
  // Learnt by looking, not by writing again.
  expect(fault.hits).toBe(1);
});

it("overwrites nobody who wrote after a write of its own whose answer was lost", async () => {
  const { embedded, registry, tag, writes, one, two, shows } = await start();
  const rival = createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch });
  embedded.inject({ match: put, effect: { loseResponse: true } });
  embedded.inject({
    match: { method: "HEAD", path: "/manifests/latest" },
    after: 1,
    effect: { before: async () => void (await rival.tag(digestReference(name, two), "latest", { digest: one })) },
  });
  await expect(tag(one, { absent: true })).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(shows()).toBe(two);
  expect(writes()).toBe(2);
  await registry.close();
});

it.each([
  ["asks to wait", { status: 429, headers: { "retry-after": "30" } }],
  ["is busy", { status: 503 }],
])("overwrites nobody who wrote while the registry %s", async (_, effect) => {
  const { embedded, registry, tag, writes, one, two, shows } = await start();
  const rival = createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch });
  embedded.inject({ match: put, effect });
  embedded.inject({
    match: { method: "HEAD", path: "/manifests/latest" },
    after: 1,
    effect: { before: async () => void (await rival.tag(digestReference(name, two), "latest", { absent: true })) },
  });
  await expect(tag(one, { absent: true })).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(shows()).toBe(two);
  // The refused one, and the rival's.
  expect(writes()).toBe(2);
  await registry.close();
});

it("writes in the end when the registry is busy for a while, with a look before every write", async () => {
  const { embedded, tag, one, shows } = await start();
  embedded.inject({ match: put, times: 3, effect: { status: 429 } });
  expect(await tag(one, { absent: true })).toMatchObject({ changed: true });
  expect(shows()).toBe(one);
  const asked = embedded.log.filter(({ path }) => path.endsWith("/latest")).map(({ method }) => method);
  expect(asked).toEqual(["HEAD", "PUT", "HEAD", "PUT", "HEAD", "PUT", "HEAD", "PUT", "HEAD"]);
});

it("fails when the write never arrives, and leaves the tag", async () => {
  const { embedded, tag, one, two, shows } = await start();
  await tag(one, { absent: true });
  embedded.inject({ match: put, times: 99, effect: { reset: true } });
  await expect(tag(two, { digest: one })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(shows()).toBe(one);
});

it("says TAG_IMMUTABLE when the registry protects the tag", async () => {
  const { tag, one, two, shows } = await start({ immutableTags: () => true });
  await tag(one, { absent: true });
  await expect(tag(two, { digest: one })).rejects.toMatchObject({ code: "TAG_IMMUTABLE" });
  expect(shows()).toBe(one);
});

it.each([
  [403, "DENIED", "DENIED"],
  [400, "MANIFEST_INVALID", "RESPONSE_INVALID"],
  [405, "UNSUPPORTED", "UNSUPPORTED"],
  [429, "TOOMANYREQUESTS", "RATE_LIMITED"],
])("passes on a refusal %i %s that has nothing to do with immutability as %s", async (status, ociCode, code) => {
  const { embedded, tag, one, two } = await start();
  await tag(one, { absent: true });
  embedded.inject({ match: put, times: 99, effect: { status, body: JSON.stringify({ errors: [{ code: ociCode }] }) } });
  await expect(tag(two, { digest: one })).rejects.toMatchObject({ code });
});

it("takes a protected tag that already shows the target for success", async () => {
  const { embedded, registry, tag, one } = await start({ immutableTags: () => true });
  const rival = createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch });
  embedded.inject({
    match: put,
    effect: { before: async () => void (await rival.tag(digestReference(name, one), "latest", { absent: true })) },
  });
  await expect(tag(one, { absent: true })).resolves.toMatchObject({ guarantee: "checked" });
  await registry.close();
});

it("refuses illegal tags before asking anyone", async () => {
  await using scripted = await startScripted(() => new Response(null, { status: 500 }));
  const target = digestReference({ registry: scripted.host, repository: "a/b" }, digestOf(new Uint8Array()));
  await expect(scripted.registry.tag(target, "not/legal", { absent: true })).rejects.toMatchObject({
    code: "INVALID_TAG",
  });
  expect(scripted.seen).toHaveLength(0);
});

it("does not believe a registry that stores a manifest under another digest", async () => {
  const other = digestOf(new TextEncoder().encode("other"));
  await using scripted = await startScripted(
    () => new Response(null, { status: 201, headers: { "docker-content-digest": other } }),
  );
  const bytes = new TextEncoder().encode("{}");
  const manifest = { bytes, descriptor: { mediaType: "application/vnd.x", digest: digestOf(bytes), size: 2 } };
  const repository = { registry: scripted.host, repository: "a/b" };
  await expect(scripted.registry.putManifest(repository, manifest)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
});
