import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { codeOf } from "./testing/open-http.ts";
import { flag, frame, startRawHttp2Server, status200 } from "./testing/raw-http2-server.ts";
import { atOnce, createTlsBench, textOf, wireRequest } from "./testing/tls-bench.ts";
import type { TlsAnswer } from "./testing/tls-server.ts";
import { classifyTransportFailure } from "./transport-failure.ts";

const { isReady, certificate, start, client, transport, cleanUp } = createTlsBench();
const note = isReady ? "" : " (skipped: openssl is not installed)";
const nextTurn = () => new Promise(setImmediate);
/** Answers when everything that can come at once has come. */
const answerLater: TlsAnswer = async (_, response) => {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  response.end();
};

afterEach(cleanUp);

describe.skipIf(!isReady)(`HTTP/2 to one origin${note}`, () => {
  it("carries 1,000 requests over one connection", async () => {
    const server = await start((_, response) => void response.end());
    const http = client();
    await atOnce(1000, http, (index) => ({ method: "HEAD", url: `${server.origin}/${index}` }));
    expect([server.handshakes, server.sessions.length, server.seen.length]).toEqual([1, 1, 1000]);
    expect(server.mostAtOnce[2]).toBeLessThanOrEqual(64);
  });

  it("opens no more streams than the server takes, on one connection or on few", async () => {
    for (const [connectionsPerOrigin, most] of [
      [1, 1],
      [undefined, 7],
    ] as const) {
      const server = await start(answerLater, { settings: { maxConcurrentStreams: 10 } });
      const http = client(connectionsPerOrigin === undefined ? {} : { connectionsPerOrigin });
      const answers = await atOnce(64, http, (index) => ({ method: "GET", url: `${server.origin}/${index}` }));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect(server.seen).toHaveLength(64);
      expect(server.mostAtOnce[2]).toBeLessThanOrEqual(10);
      expect(server.sessions.length).toBeLessThanOrEqual(most);
      expect(server.handshakes).toBe(server.sessions.length);
    }
  });

  it("answers any number of requests under any limit, each of them once and in the order of their coming", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }), async (limit, count) => {
        const server = await start(answerLater, { settings: { maxConcurrentStreams: limit } });
        const http = client({ connectionsPerOrigin: 1, retries: 0 });
        await atOnce(count, http, (index) => ({ method: "GET", url: `${server.origin}/${index}` }));
        expect(server.seen).toEqual(Array.from({ length: count }, (_, index) => `2 GET /${index}`));
        expect(server.mostAtOnce[2]).toBeLessThanOrEqual(limit);
        await http.close();
      }),
      { numRuns: 10 },
    );
  });

  it("opens one stream until the server has said how many it takes", async () => {
    const openedBefore: number[] = [];
    await using server = await startRawHttp2Server(certificate, async ({ type, streamId }, connection) => {
      if (type !== frame.headers) return;
      if (openedBefore.length === 0) {
        for (let turn = 0; turn < 20; turn += 1) await nextTurn();
        openedBefore.push(connection.frames.filter((one) => one.type === frame.headers).length);
        connection.write(frame.settings, 0, 0);
      }
      connection.write(frame.headers, flag.endHeaders + flag.endStream, streamId, status200);
    });
    await atOnce(20, client(), () => ({ method: "GET", url: server.origin }));
    expect([openedBefore, server.connections.length]).toEqual([[1], 1]);
  });

  it("opens 100 streams at most on a connection, and then another one", async () => {
    const held: (() => void)[] = [];
    const server = await start((_, response) => void held.push(() => response.end()));
    const wire = transport();
    const answers = Array.from({ length: 150 }, (_, index) => wire.send(wireRequest(`${server.origin}/${index}`)));
    while (held.length < 150) await nextTurn();
    expect([server.sessions.length, server.mostAtOnce[2]]).toEqual([2, 100]);
    for (const answer of held) answer();
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
  });

  it("is not blocked by bodies that nobody reads yet, however few streams the server takes", async () => {
    const part = Buffer.alloc(64 * 1024);
    const server = await start(
      (request, response) => {
        if (request.url === "/last") return void response.end("x");
        for (let index = 0; index < 64; index += 1) response.write(part);
        response.end();
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    const http = client();
    // As when blobs are copied: what is read waits for what is sent, to the same registry.
    const open = await Promise.all(
      Array.from({ length: 6 }, (_, index) => http.stream({ method: "GET", url: `${server.origin}/${index}` })),
    );
    expect(textOf(await http.request({ method: "GET", url: `${server.origin}/last` }))).toBe("x");
    let bytes = 0;
    for (const { body } of open) for await (const chunk of body) bytes += chunk.byteLength;
    expect([bytes, server.mostAtOnce[2]]).toEqual([6 * 64 * part.byteLength, 1]);
  });

  it("is not blocked by bodies that nobody reads yet, however many they are", async () => {
    const part = Buffer.alloc(64 * 1024);
    const size = 48 * part.byteLength;
    const server = await start((request, response) => {
      if (request.url === "/last") response.end("the end");
      else Readable.from(Array.from({ length: 48 }, () => part)).pipe(response);
    });
    const http = client();
    const open = await Promise.all(
      Array.from({ length: 40 }, (_, index) => http.stream({ method: "GET", url: `${server.origin}/${index}` })),
    );
    for (let turn = 0; turn < 500; turn += 1) await nextTurn();
    const last = await http.request({ method: "GET", url: `${server.origin}/last` });
    expect([last.body.byteLength, server.sessions.length]).toEqual([7, 1]);
    let bytes = 0;
    for (const { body } of open) for await (const chunk of body) bytes += chunk.byteLength;
    expect(bytes).toBe(40 * size);
  });

  it("does not open connections to a server that takes no streams for now", async () => {
    const held: (() => void)[] = [];
    const server = await start((_, response) => void held.push(() => response.end()), {
      settings: { maxConcurrentStreams: 0 },
    });
    const controller = new AbortController();
    const http = client();
    const codes = Array.from({ length: 8 }, () =>
      codeOf(http.request({ method: "GET", url: server.origin }, { signal: controller.signal })),
    );
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    while (server.sessions.length === 0) await nextTurn();
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    expect(server.handshakes).toBe(1);
    controller.abort();
    expect(new Set(await Promise.all(codes))).toEqual(new Set(["CANCELLED"]));
  });

  it("goes on with the connection it has when it cannot have another", async () => {
    let connections = 0;
    const choose = () => {
      connections += 1;
      if (connections > 1) throw new Error("no more connections");
      return "h2" as const;
    };
    const server = await start(answerLater, { choose, settings: { maxConcurrentStreams: 2 } });
    await atOnce(20, client({ retries: 0 }), (index) => ({ method: "GET", url: `${server.origin}/${index}` }));
    expect([server.sessions.length, server.seen.length, connections]).toEqual([1, 20, 2]);
  });

  it("refuses what cannot be sent, and nothing else", async () => {
    const server = await start((_, response) => void response.end());
    const wire = transport();
    const wrong = { ...wireRequest(server.origin), headers: { ":wrong": "a" } };
    const answers = [wire.send(wireRequest(server.origin)), wire.send(wrong), wire.send(wireRequest(server.origin))];
    const [first, failure, last] = await Promise.allSettled(answers);
    expect([first?.status, last?.status]).toEqual(["fulfilled", "fulfilled"]);
    const { error, retryable } = classifyTransportFailure(failure?.status === "rejected" && failure.reason, "GET /");
    expect([error.code, retryable]).toEqual(["INVALID_INPUT", false]);
    expect(server.sessions).toHaveLength(1);
  });

  it("does not send what was given up while it waited for a stream", async () => {
    const held: (() => void)[] = [];
    const server = await start((_, response) => void held.push(() => response.end()), {
      settings: { maxConcurrentStreams: 1 },
    });
    const http = client({ connectionsPerOrigin: 1 });
    const controller = new AbortController();
    const first = http.request({ method: "GET", url: `${server.origin}/first` });
    while (held.length < 1) await nextTurn();
    const waiting = { method: "GET", url: `${server.origin}/waiting` } as const;
    const code = codeOf(http.request(waiting, { signal: controller.signal }));
    const last = http.request({ method: "GET", url: `${server.origin}/last` });
    controller.abort();
    expect(await code).toBe("CANCELLED");
    held[0]?.();
    while (held.length < 2) await nextTurn();
    held[1]?.();
    expect([(await first).status, (await last).status]).toEqual([200, 200]);
    expect(server.seen).toEqual(["2 GET /first", "2 GET /last"]);
  });

  it("ends with the client, also under a request", async () => {
    const server = await start((request, response) => {
      if (request.url === "/body") response.write("begun");
    });
    const http = client();
    const codes = [codeOf(http.request({ method: "GET", url: server.origin }))];
    const { body } = await http.stream({ method: "GET", url: `${server.origin}/body` });
    const reading = (async () => {
      for await (const _ of body);
    })();
    codes.push(codeOf(reading));
    await http.close();
    expect(await Promise.all(codes)).toEqual(["CANCELLED", "UNAVAILABLE"]);
    await server.connectionClosed();
    expect(await codeOf(http.request({ method: "GET", url: server.origin }))).toBe("CANCELLED");
  });

  it("may be ended as soon as an answer has come, with others still to come", async () => {
    const server = await start((request, response) => {
      if (request.url === "/silent") return;
      setImmediate(() => response.end(request.url ?? ""));
    });
    // Node would not survive this if the session was destroyed inside the callback that brought the answer.
    for (let round = 0; round < 20; round += 1) {
      const http = client();
      const others = atOnce(10, http, (index) => ({ method: "GET", url: `${server.origin}/${index}` }));
      const code = codeOf(http.request({ method: "GET", url: `${server.origin}/silent` }));
      await others;
      await http.close();
      expect(await code).toBe("CANCELLED");
    }
  });

  it("does not keep the process alive when it is idle", async () => {
    const server = await start((_, response) => void response.end());
    const folder = await mkdtemp(join(tmpdir(), "bayplan-idle-"));
    try {
      const file = join(folder, "ca.pem");
      await writeFile(file, certificate.cert);
      const module = fileURLToPath(new URL("./testing/idle-client.ts", import.meta.url));
      const flags = ["--import", "tsx", "--conditions=@bayplan/source", module, server.origin, file];
      expect((await promisify(execFile)(process.execPath, flags)).stdout).toBe("200");
      expect(server.sessions).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
