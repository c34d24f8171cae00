import { gzipSync } from "node:zlib";
import { tagReference } from "@bayplan/core";
import { createHttpClient, type HttpClientOptions } from "@bayplan/runtime";
import { createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "../create-oci-registry.ts";
import { openByteServer } from "./open-byte-server.ts";

type Server = Awaited<ReturnType<typeof openByteServer>>;

// Whatever stands in buffers between the two: far more than any system has, far less than what is on offer.
const buffersBytes = 32 * 1024 * 1024;
const mebibyte = "x".repeat(1024 * 1024);

/** The code with which reading a manifest from the server ends; its connections are closed then. */
async function read(server: Server, options: HttpClientOptions = {}): Promise<unknown> {
  const clock = createVirtualClock({ auto: true });
  const http = createHttpClient({ clock, env: {}, retries: 0, ...options });
  const registry = createOciRegistry({ hosts: [server.host], http, clock });
  const reference = tagReference({ registry: server.host, repository: "team/app" }, "1.0");
  const result = await registry.fetchManifest(reference).then(
    () => "resolved",
    (error: { code?: unknown }) => error.code,
  );
  await http.close();
  await server.untilDeserted();
  return result;
}

it("refuses an answer with thousands of headers", async () => {
  await using server = await openByteServer(async (say) => {
    await say("HTTP/1.1 200 OK\r\n");
    await say(Array.from({ length: 20_000 }, (_, index) => `x-${index}: ${index}\r\n`).join(""));
    await say("content-length: 0\r\n\r\n");
  });
  expect(await read(server)).toBe("RESPONSE_INVALID");
});

it("refuses a header of a mebibyte", async () => {
  await using server = await openByteServer(async (say) => {
    await say(`HTTP/1.1 200 OK\r\nlink: <${mebibyte}>; rel="next"\r\ncontent-length: 0\r\n\r\n`);
  });
  expect(await read(server)).toBe("RESPONSE_INVALID");
});

it("hangs up on headers that do not end", async () => {
  await using server = await openByteServer(async (say, isOpen) => {
    await say("HTTP/1.1 200 OK\r\n");
    for (let index = 0; isOpen() && server.sentBytes < 2 * buffersBytes; index += 1)
      await say(`x-${index}: ${mebibyte}\r\n`);
  });
  expect(await read(server)).toBe("RESPONSE_INVALID");
  expect(server.requests).toBe(1);
  expect(server.sentBytes).toBeLessThan(buffersBytes);
});

it("hangs up on a status line that does not end", async () => {
  await using server = await openByteServer(async (say, isOpen) => {
    await say("HTTP/1.1 200 ");
    while (isOpen()) await say("x".repeat(1000));
  });
  expect(await read(server, { timeoutMs: 100 })).toBe("TIMEOUT");
  expect(server.requests).toBe(1);
});

it("hangs up on headers that come letter by letter", async () => {
  await using server = await openByteServer(async (say, isOpen) => {
    await say("HTTP/1.1 200 OK\r\nx-slow: ");
    while (isOpen()) {
      await say("x");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });
  expect(await read(server, { timeoutMs: 100 })).toBe("TIMEOUT");
});

it.each(["100 Continue", "102 Processing", "103 Early Hints"])(
  "hangs up on interim answers without end: %s",
  async (status) => {
    await using server = await openByteServer(async (say, isOpen) => {
      while (isOpen()) {
        await say(`HTTP/1.1 ${status}\r\n\r\n`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    const code = await read(server, { timeoutMs: 100 });
    // Node's parser takes a 100 that nobody asked for as an error by itself.
    expect(["TIMEOUT", "UNAVAILABLE"]).toContain(code);
    expect(server.requests).toBe(1);
  },
);

it.each([
  ["with a length", `content-length: ${2 ** 30}\r\n\r\n`, mebibyte],
  ["in chunks", "transfer-encoding: chunked\r\n\r\n", `100000\r\n${mebibyte}\r\n`],
  ["until the end of the connection", "connection: close\r\n\r\n", mebibyte],
])("stops reading a manifest that is too large: %s", async (_, headers, piece) => {
  await using server = await openByteServer(async (say, isOpen) => {
    await say(`HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.manifest.v1+json\r\n${headers}`);
    while (isOpen() && server.sentBytes < 4 * buffersBytes) await say(piece);
  });
  expect(await read(server)).toBe("RESPONSE_INVALID");
  expect(server.requests).toBe(1);
  expect(server.sentBytes).toBeLessThan(buffersBytes);
});

it("refuses a packed answer without unpacking it", async () => {
  await using server = await openByteServer(async (say, isOpen) => {
    await say("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\r\n");
    while (isOpen() && server.sentBytes < 4 * buffersBytes) await say(mebibyte);
  });
  expect(await read(server)).toBe("RESPONSE_INVALID");
  expect(server.sentBytes).toBeLessThan(buffersBytes);
});

it("does not take packed bytes for a manifest either", async () => {
  const bytes = gzipSync('{"schemaVersion":2,"manifests":[]}');
  await using server = await openByteServer(async (say) => {
    await say(`HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.index.v1+json\r\ncontent-encoding: gzip\r\n`);
    await say(`content-length: ${bytes.byteLength}\r\n\r\n`);
    await say(bytes);
  });
  expect(await read(server)).toBe("RESPONSE_INVALID");
});

it.each([
  ["a chunk longer than it says", "transfer-encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n0\r\n\r\n", "RESPONSE_INVALID"],
  ["a length that is no number", "content-length: many\r\n\r\nx", "RESPONSE_INVALID"],
  ["a negative length", "content-length: -1\r\n\r\nx", "RESPONSE_INVALID"],
  // These undici takes for a body that was cut short.
  ["two lengths", "content-length: 1\r\ncontent-length: 2\r\n\r\nxx", "UNAVAILABLE"],
  ["a length and chunks", "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "UNAVAILABLE"],
])("refuses an answer with %s", async (_, rest, code) => {
  await using server = await openByteServer(async (say) => {
    await say(`HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.manifest.v1+json\r\n${rest}`);
  });
  expect(await read(server)).toBe(code);
});
