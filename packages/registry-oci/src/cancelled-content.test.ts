import {
  copyImage,
  type Descriptor,
  digestOf,
  digestReference,
  type RegistryAdapter,
  tagReference,
} from "@bayplan/core";
import { buildImage, createEmbeddedRegistry, createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { startTestServer } from "./testing/raw-server.ts";

const name = { registry: "registry.test", repository: "a/b" };
const bytes = Buffer.alloc(200_000, "bayplan ");
const descriptor: Descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
const cancelled = { code: "CANCELLED" };

function start(maxBufferedBytes?: number) {
  const embedded = createEmbeddedRegistry();
  const clock = createVirtualClock({ auto: true });
  const more = maxBufferedBytes === undefined ? {} : { maxBufferedBytes };
  return {
    ...embedded,
    registry: createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch, clock, ...more }),
  };
}

/** Content that gives some chunks and then nothing, for ever; it knows of no signal. */
function stuckContent(chunks: readonly Uint8Array[]) {
  const left = [...chunks];
  const asked = deferred();
  const state = { returns: 0, asked: asked.promise };
  const content: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const value = left.shift();
        if (value !== undefined) return Promise.resolve({ done: false, value });
        asked.resolve();
        return new Promise(() => {});
      },
      return: () => {
        state.returns += 1;
        return new Promise(() => {});
      },
    }),
  };
  return { content, state };
}

function deferred() {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

it.each([
  ["in one piece, nothing given", undefined, 0],
  ["in one piece, some given", undefined, 2],
  ["in chunks, nothing given", 30_000, 0],
  ["in chunks, some given", 30_000, 2],
])("ends an upload at once whose content stands still: %s", async (_, maxBufferedBytes, given) => {
  const { registry } = start(maxBufferedBytes);
  const { content, state } = stuckContent([bytes.subarray(0, 70_000), bytes.subarray(70_000, 140_000)].slice(0, given));
  const controller = new AbortController();
  const storing = registry.putBlob(name, descriptor, content, { signal: controller.signal });
  await state.asked;
  controller.abort();
  await expect(storing).rejects.toMatchObject(cancelled);
  expect(state.returns).toBe(1);
});

it("does not touch the content of an upload that was cancelled before", async () => {
  const { registry } = start();
  const { content, state } = stuckContent([]);
  const storing = registry.putBlob(name, descriptor, content, { signal: AbortSignal.abort() });
  await expect(storing).rejects.toMatchObject(cancelled);
  expect(state.returns).toBe(0);
});

it("takes an upload to its end when its content comes slowly but comes", async () => {
  const { registry } = start(30_000);
  async function* slowly() {
    for (let at = 0; at < bytes.length; at += 70_000) {
      await new Promise((resolve) => setImmediate(resolve));
      yield bytes.subarray(at, at + 70_000);
    }
  }
  await registry.putBlob(name, descriptor, slowly(), { signal: new AbortController().signal });
  expect((await registry.resolve(tagReference(name, "none"))).state).toBe("absent");
  const chunks: Uint8Array[] = [];
  for await (const chunk of registry.fetchBlob(digestReference(name, descriptor.digest))) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
});

it("ends the reading of a blob that stands still", async () => {
  const sent = deferred();
  const server = await startTestServer((_, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, 100_000), () => sent.resolve());
  });
  const registry = createOciRegistry({ hosts: [server.host] });
  const controller = new AbortController();
  const { signal } = controller;
  const reading = async () => {
    const reference = digestReference({ registry: server.host, repository: "a/b" }, descriptor.digest);
    for await (const chunk of registry.fetchBlob(reference, { signal })) expect(chunk.length).toBeGreaterThan(0);
  };
  const read = reading();
  await sent.promise;
  controller.abort();
  await expect(read).rejects.toMatchObject(cancelled);
  await registry.close();
  await server.close();
});

it("ends a copy whose source gives blobs that stand still", async () => {
  const { registry: from } = start();
  const { registry: to } = start();
  const image = await buildImage({ platforms: ["linux/amd64"], files: { a: "b" } });
  for (const blob of image.blobs) await from.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
  for (const manifest of [...image.children, image.root]) await from.putManifest(name, manifest);
  const { content, state } = stuckContent([]);
  const stuck: RegistryAdapter = { ...from, fetchBlob: () => content };
  const controller = new AbortController();
  const source = { registry: stuck, reference: digestReference(name, image.digest) };
  const copying = copyImage(source, { registry: to, repository: name }, { signal: controller.signal });
  await state.asked;
  controller.abort();
  await expect(copying).rejects.toMatchObject(cancelled);
});
