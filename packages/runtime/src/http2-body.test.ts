import { createHash, randomBytes } from "node:crypto";
import { BayplanError } from "@bayplan/core";
import { afterEach, describe, expect, it } from "vitest";
import { codeOf } from "./testing/open-http.ts";
import { createTlsBench, textOf } from "./testing/tls-bench.ts";
import type { TlsResponse } from "./testing/tls-server.ts";

const { isReady, start, client, cleanUp } = createTlsBench();
const note = isReady ? "" : " (skipped: openssl is not installed)";
const mebibyte = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const nextTurn = () => new Promise(setImmediate);

afterEach(cleanUp);

describe.skipIf(!isReady)(`a body sent over HTTP/2${note}`, () => {
  it.each([
    ["large", 16 * mebibyte],
    ["small", 10],
    ["empty", 0],
  ])("arrives as it is: %s, in one piece and in many, both ways", async (_, size) => {
    const server = await start(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end(Buffer.concat(chunks));
    });
    const http = client();
    const bytes = randomBytes(size);
    async function* pieces() {
      for (let at = 0; at < size; at += 100_000) yield bytes.subarray(at, at + 100_000);
    }
    for (const body of [new Uint8Array(bytes), pieces]) {
      const request = { method: "PUT", url: server.origin, maxBytes: 32 * mebibyte, body } as const;
      const answer = await http.request(request);
      expect(answer.body.byteLength).toBe(size);
      expect(sha256(answer.body)).toBe(sha256(bytes));
    }
    expect(server.sessions).toHaveLength(1);
  });

  it("may belong to any method, and be one of many at a time", async () => {
    const waiting: (() => void)[] = [];
    const server = await start(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      waiting.push(() => response.end(`${request.method} ${body}`));
      if (waiting.length === 8) for (const answer of waiting) answer();
    });
    const http = client();
    async function* pieces() {
      yield Buffer.from("a");
      yield Buffer.from("b");
    }
    const methods = ["GET", "PUT", "POST", "PATCH", "DELETE", "PUT", "PUT", "PUT"] as const;
    const answers = await Promise.all(
      methods.map((method) => http.request({ method, url: server.origin, body: pieces })),
    );
    expect(answers.map(textOf)).toEqual(methods.map((method) => `${method} ab`));
    expect(server.sessions).toHaveLength(1);
  });

  it("is taken from its source no faster than the server takes it", async () => {
    let read = (): void => {};
    const server = await start(async (request, response) => {
      if (request.url === "/other") return void response.end();
      await new Promise<void>((resolve) => {
        read = resolve;
      });
      let length = 0;
      for await (const chunk of request) length += (chunk as Buffer).byteLength;
      response.end(String(length));
    });
    const http = client();
    let taken = 0;
    async function* pieces() {
      for (; taken < 16 * mebibyte; taken += 65_536) yield new Uint8Array(65_536);
    }
    const answer = http.request({ method: "PUT", url: server.origin, body: pieces });
    for (let round = 0; round < 20; round += 1) await http.request({ method: "GET", url: `${server.origin}/other` });
    expect(taken).toBeLessThan(2 * mebibyte);
    read();
    expect(textOf(await answer)).toBe(String(16 * mebibyte));
  });

  it("ends the request with the error of its source, and only that request", async () => {
    const server = await start((request, response) => {
      if (request.url === "/ok") response.end();
    });
    const http = client({ retries: 0 });
    async function* broken() {
      yield Buffer.from("a");
      throw new BayplanError("DIGEST_MISMATCH", "The source is broken.");
    }
    expect(await codeOf(http.request({ method: "PUT", url: `${server.origin}/put`, body: broken }))).toBe(
      "DIGEST_MISMATCH",
    );
    expect((await http.request({ method: "GET", url: `${server.origin}/ok` })).status).toBe(200);
    expect(server.closedWith.get("/put")).toBe(8);
    expect(server.sessions).toHaveLength(1);
  });

  it("is not sent to its end when the server has answered before", async () => {
    const server = await start((request, response) => {
      response.writeHead(413).end("too much");
      // Without that, Node itself would ask for no more.
      request.resume();
    });
    let hasEnded = false;
    async function* endless() {
      try {
        for (;;) {
          yield new Uint8Array(65_536);
          await nextTurn();
        }
      } finally {
        hasEnded = true;
      }
    }
    const answer = await client().request({ method: "PUT", url: server.origin, body: endless });
    expect([answer.status, textOf(answer)]).toEqual([413, "too much"]);
    while (!hasEnded) await nextTurn();
  });
});

describe.skipIf(!isReady)(`a body that comes over HTTP/2${note}`, () => {
  const http200 = (response: TlsResponse) => response.writeHead(200);

  it("is sent by the server no faster than it is read", async () => {
    let sent = 0;
    const server = await start(async (request, response) => {
      if (request.url === "/other") return void response.end();
      for (; sent < 16 * mebibyte; sent += 65_536) {
        if (!response.write(new Uint8Array(65_536))) await new Promise((resolve) => response.once("drain", resolve));
      }
      response.end();
    });
    const http = client();
    const { body } = await http.stream({ method: "GET", url: server.origin });
    let length = 0;
    for await (const chunk of body) {
      if (length === 0) {
        for (let round = 0; round < 20; round += 1)
          await http.request({ method: "GET", url: `${server.origin}/other` });
        expect(sent).toBeLessThan(4 * mebibyte);
      }
      length += chunk.byteLength;
    }
    expect(length).toBe(16 * mebibyte);
  });

  it("holds up no other when it is not read", async () => {
    const server = await start(async (_, response) => {
      for (let sent = 0; sent < 4 * mebibyte; sent += 65_536) {
        if (!response.write(new Uint8Array(65_536))) await new Promise((resolve) => response.once("drain", resolve));
      }
      response.end();
    });
    const http = client();
    const unread: AsyncIterable<Uint8Array>[] = [];
    for (let count = 0; count < 20; count += 1) {
      unread.push((await http.stream({ method: "GET", url: `${server.origin}/${count}` })).body);
    }
    const read = await http.request({ method: "GET", url: `${server.origin}/read` });
    expect(read.body.byteLength).toBe(4 * mebibyte);
    for (const body of unread) {
      let length = 0;
      for await (const chunk of body) length += chunk.byteLength;
      expect(length).toBe(4 * mebibyte);
    }
    expect(server.sessions).toHaveLength(1);
  });

  it("is cancelled when it is longer than allowed, or no longer wanted; the connection stays", async () => {
    const server = await start(async (request, response) => {
      if (request.url === "/ok") return void response.end();
      http200(response);
      while (response.stream?.closed === false) {
        response.write(new Uint8Array(65_536));
        await nextTurn();
      }
    });
    const http = client();
    const long = { method: "GET", url: `${server.origin}/long`, maxBytes: 100_000 } as const;
    expect(await codeOf(http.request(long))).toBe("RESPONSE_INVALID");
    for await (const _ of (await http.stream({ method: "GET", url: `${server.origin}/unwanted` })).body) break;
    expect((await http.request({ method: "GET", url: `${server.origin}/ok` })).status).toBe(200);
    while (server.closedWith.size < 3) await nextTurn();
    expect([server.closedWith.get("/long"), server.closedWith.get("/unwanted")]).toEqual([8, 8]);
    expect(server.sessions).toHaveLength(1);
  });

  it("gives its stream free when it has arrived and is not read to its end", async () => {
    const server = await start((_, response) => void response.end(new Uint8Array(200_000)), {
      settings: { maxConcurrentStreams: 1 },
    });
    const http = client({ connectionsPerOrigin: 1 });
    for (let count = 0; count < 6; count += 1) {
      const controller = new AbortController();
      const request = { method: "GET", url: `${server.origin}/${count}` } as const;
      const { body } = await http.stream(request, { signal: controller.signal });
      while (!server.closedWith.has(`/${count}`)) await nextTurn();
      for (let turn = 0; turn < 50; turn += 1) await nextTurn();
      if (count % 2 === 0) controller.abort();
      else for await (const _ of body) break;
    }
    expect(server.seen).toHaveLength(6);
  });

  it("of a redirect is let pass when it is short, and cancelled when it is long", async () => {
    const server = await start(async (request, response) => {
      if (request.url === "/end") return void response.end("end");
      response.writeHead(307, { location: "/end" });
      response.write(new Uint8Array(request.url === "/long" ? 8 * mebibyte : 1000));
      for (let turn = 0; turn < 20; turn += 1) await nextTurn();
      response.end();
    });
    const http = client();
    for (const path of ["/short", "/long"]) {
      expect(textOf(await http.request({ method: "GET", url: `${server.origin}${path}` }))).toBe("end");
    }
    while (!server.closedWith.has("/long")) await nextTurn();
    expect([server.closedWith.get("/short"), server.closedWith.get("/long")]).toEqual([0, 8]);
    expect(server.sessions).toHaveLength(1);
  });

  it.each([
    ["is left", ({ stream }: TlsResponse) => stream?.session?.close()],
    ["is broken off", ({ stream }: TlsResponse) => stream?.session?.destroy()],
  ])("arrives whole or not at all when the connection %s right behind it", async (_, end) => {
    const server = await start((_, response) => {
      response.end(new Uint8Array(500_000), () => end(response));
    });
    for (const turns of [0, 1, 2, 5, 10, 50]) {
      const { body } = await client().stream({ method: "GET", url: server.origin });
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      let length = 0;
      const reading = (async () => {
        for await (const chunk of body) length += chunk.byteLength;
      })();
      const code = await codeOf(reading);
      expect(code === "UNAVAILABLE" || (code === "resolved" && length === 500_000)).toBe(true);
    }
  });

  const cuts: [string, (response: TlsResponse) => void][] = [
    ["reset without an error", ({ stream }) => stream?.close(0)],
    ["cancelled by the server", ({ stream }) => stream?.close(8)],
    ["reset with an error", ({ stream }) => stream?.close(2)],
    ["destroyed", ({ stream }) => stream?.destroy()],
    ["left by the session", ({ stream }) => stream?.session?.destroy()],
    ["shorter than announced", (response) => response.end()],
  ];
  it.each(cuts)("is never taken for complete: %s", async (name, cut) => {
    const held: TlsResponse[] = [];
    const server = await start((request, response) => {
      response.writeHead(200, name === "shorter than announced" ? { "content-length": 10 } : {});
      response.write("half");
      if (request.url === "/held") held.push(response);
      else setImmediate(cut, response);
    });
    const http = client({ retries: 1 });
    expect(await codeOf(http.request({ method: "GET", url: server.origin }))).toBe("UNAVAILABLE");
    expect(server.seen).toHaveLength(2);
    const { body } = await http.stream({ method: "GET", url: `${server.origin}/held` });
    const reading = (async () => {
      for await (const _ of body) held.map(cut);
    })();
    expect(await codeOf(reading)).toBe("UNAVAILABLE");
  });
});
