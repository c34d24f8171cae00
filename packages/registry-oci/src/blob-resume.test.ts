import { randomBytes } from "node:crypto";
import { digestOf, digestReference } from "@bayplan/core";
import { createEmbeddedRegistry, createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { collectBytes } from "./fetch-blob.ts";
import { startTestServer } from "./testing/raw-server.ts";

const bytes = new Uint8Array(randomBytes(100_000));
const digest = digestOf(bytes);

/** A store that ends each answer after `cutBytes`. */
async function startCutting(options: { ranges: boolean; cutBytes: number; wrongStart?: boolean }) {
  const ranges: (string | undefined)[] = [];
  const server = await startTestServer((request, response) => {
    ranges.push(request.headers.range);
    const from = options.ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
    const isPart = from > 0;
    const start = options.wrongStart === true && isPart ? from + 1 : from;
    const part = bytes.subarray(start);
    response.writeHead(isPart ? 206 : 200, {
      "content-length": part.length,
      ...(isPart ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    const limit = options.ranges ? options.cutBytes : options.cutBytes * ranges.length;
    if (part.length <= limit) return void response.end(part);
    response.write(part.subarray(0, limit), () => setTimeout(() => response.destroy(), 5));
  });
  const registry = createOciRegistry({ hosts: [server.host], clock: createVirtualClock({ auto: true }) });
  const fetch = () =>
    collectBytes(registry.fetchBlob(digestReference({ registry: server.host, repository: "a/b" }, digest)));
  const close = async () => {
    await registry.close();
    await server.close();
  };
  return { fetch, ranges, [Symbol.asyncDispose]: close };
}

it.each([
  ["a registry that knows ranges", true],
  ["one that gives everything again", false],
])("takes a broken download up where it ended: %s", async (_, ranges) => {
  await using cutting = await startCutting({ ranges, cutBytes: 40_000 });
  expect(Buffer.from(await cutting.fetch()).equals(bytes)).toBe(true);
  expect(cutting.ranges).toEqual([undefined, "bytes=40000-", "bytes=80000-"]);
});

it("gives up after five resumptions", async () => {
  await using cutting = await startCutting({ ranges: true, cutBytes: 10_000 });
  await expect(cutting.fetch()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(cutting.ranges).toHaveLength(6);
});

it("refuses a continuation that begins at another place", async () => {
  await using cutting = await startCutting({ ranges: true, cutBytes: 40_000, wrongStart: true });
  await expect(cutting.fetch()).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
});

const name = { registry: "registry.test", repository: "a/b" };
const descriptor = { mediaType: "application/octet-stream", digest, size: bytes.length };
async function* content(all: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < all.length; start += 7_000) yield all.subarray(start, start + 7_000);
}
function startEmbedded() {
  const embedded = createEmbeddedRegistry();
  const clock = createVirtualClock({ auto: true });
  const options = { hosts: [name.registry], fetch: embedded.fetch, clock, maxBufferedBytes: 30_000 };
  const registry = createOciRegistry(options);
  const isStored = async () =>
    Buffer.from(await collectBytes(registry.fetchBlob(digestReference(name, digest)))).equals(bytes);
  const count = (method: string) => embedded.log.filter((request) => request.method === method).length;
  return { ...embedded, registry, isStored, count };
}

it("uploads a large blob in chunks", async () => {
  const { registry, isStored, count } = startEmbedded();
  await registry.putBlob(name, descriptor, content(bytes));
  expect(await isStored()).toBe(true);
  expect([count("POST"), count("PATCH"), count("PUT")]).toEqual([1, 4, 1]);
});

it.each([
  ["the answer to a chunk is lost", { method: "PATCH" }, { loseResponse: true }],
  ["a chunk never arrives", { method: "PATCH" }, { reset: true }],
  ["a chunk is answered 503", { method: "PATCH" }, { status: 503 }],
  ["the answer to the end is lost", { method: "PUT" }, { loseResponse: true }],
] as const)("stores a large blob, whose content comes only once, although %s", async (_, match, effect) => {
  const { registry, inject, isStored, count } = startEmbedded();
  const fault = inject({ match, after: match.method === "PATCH" ? 1 : 0, effect });
  await registry.putBlob(name, descriptor, content(bytes));
  expect(fault.hits).toBe(1);
  expect(await isStored()).toBe(true);
  expect(count("POST")).toBe(1);
});

it("gives a large upload up when its content is wrong or the registry keeps failing", async () => {
  const { registry, inject, count } = startEmbedded();
  const wrong = new Uint8Array(bytes.length);
  await expect(registry.putBlob(name, descriptor, content(wrong))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  expect([count("PUT"), count("DELETE")]).toEqual([0, 1]);
  inject({ match: { method: "PATCH" }, times: 99, effect: { status: 503 } });
  await expect(registry.putBlob(name, descriptor, content(bytes))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect([count("PUT"), count("DELETE")]).toEqual([0, 2]);
});
