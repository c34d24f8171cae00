import { type Descriptor, digestOf, digestReference } from "@bayplan/core";
import { createEmbeddedRegistry, createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { startScripted } from "./testing/scripted-registry.ts";

const name = { registry: "registry.test", repository: "a/b" };
const bytes = Buffer.alloc(200_000, "bayplan ");
const descriptor: Descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };

async function* chunksOf(content: Uint8Array, chunkBytes = 70_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += chunkBytes) yield content.subarray(at, at + chunkBytes);
}
async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
function start() {
  const embedded = createEmbeddedRegistry();
  const clock = createVirtualClock({ auto: true });
  return { ...embedded, registry: createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch, clock }) };
}

it.each([
  ["the start of an upload is lost", { method: "POST", path: "/uploads" }, { loseResponse: true }],
  ["the upload never arrives", { method: "PUT", path: "/uploads" }, { reset: true }],
  ["the answer to the upload is lost", { method: "PUT", path: "/uploads" }, { loseResponse: true }],
  ["the upload is answered 503", { method: "PUT", path: "/uploads" }, { status: 503 }],
] as const)("stores a blob although %s", async (_, match, effect) => {
  const { registry, inject } = start();
  const fault = inject({ match, effect });
  await registry.putBlob(name, descriptor, chunksOf(bytes));
  expect(fault.hits).toBe(1);
  expect((await collect(registry.fetchBlob(digestReference(name, descriptor.digest)))).equals(bytes)).toBe(true);
});

it("does not touch the content of a blob that is there", async () => {
  const { registry, log } = start();
  await registry.putBlob(name, descriptor, chunksOf(bytes));
  const before = log.length;
  let touched = false;
  await registry.putBlob(
    name,
    descriptor,
    (async function* () {
      touched = true;
      yield bytes;
    })(),
  );
  expect([touched, log.slice(before).map((request) => request.method)]).toEqual([false, ["HEAD"]]);
});

it.each([
  ["too short", bytes.subarray(1)],
  ["too long", Buffer.concat([bytes, Buffer.from("x")])],
  ["of the right length", Buffer.alloc(bytes.length)],
  ["empty", Buffer.alloc(0)],
])("uploads nothing of content that is wrong: %s", async (_, content) => {
  const { registry, log } = start();
  await expect(registry.putBlob(name, descriptor, chunksOf(content))).rejects.toMatchObject({
    code: "DIGEST_MISMATCH",
  });
  expect(log.map((request) => request.method)).toEqual(["HEAD"]);
});

it("never gives the last chunk of a blob that is not the digest's", async () => {
  await using scripted = await startScripted(() => new Response(new Uint8Array(200_000)));
  const given: number[] = [];
  const read = async () => {
    const reference = digestReference({ registry: scripted.host, repository: "a/b" }, digestOf(Buffer.from("other")));
    for await (const chunk of scripted.registry.fetchBlob(reference)) given.push(chunk.length);
  };
  await expect(read()).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  expect(given.reduce((sum, length) => sum + length, 0)).toBeLessThan(bytes.length);
});

it("takes no credentials to the store that holds blobs or takes uploads", async () => {
  const content = Buffer.from("content");
  const small = { ...descriptor, digest: digestOf(content), size: content.length };
  await using store = await startScripted(
    (request) =>
      new Response(request.method === "GET" ? content : null, { status: request.method === "GET" ? 200 : 201 }),
  );
  await using scripted = await startScripted(
    (request) => {
      if (request.authorization === null)
        return new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } });
      if (request.method === "HEAD") return new Response(null, { status: 404 });
      const location = `${store.origin}/${request.method}?session=1`;
      return new Response(null, { status: request.method === "POST" ? 202 : 307, headers: { location } });
    },
    { credentials: { username: "bayplan", password: "dummy-password" } },
  );
  const repository = { registry: scripted.host, repository: "a/b" };
  await scripted.registry.putBlob(repository, small, chunksOf(content));
  expect(await collect(scripted.registry.fetchBlob(digestReference(repository, small.digest)))).toEqual(content);
  expect(store.seen.map(({ method, path, authorization }) => [method, path, authorization])).toEqual([
    ["PUT", `/POST?session=1&digest=${encodeURIComponent(small.digest)}`, null],
    ["GET", "/GET?session=1", null],
  ]);
});

it.each([
  [404, "NOT_FOUND"],
  [403, "DENIED"],
  [500, "UNAVAILABLE"],
])("a blob answered by %i throws %s", async (status, code) => {
  await using scripted = await startScripted(() => new Response(null, { status }));
  const reference = digestReference({ registry: scripted.host, repository: "a/b" }, descriptor.digest);
  await expect(collect(scripted.registry.fetchBlob(reference))).rejects.toMatchObject({ code });
});
