import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { makeCertificate } from "./testing/certificate.ts";
import { codeOf } from "./testing/open-http.ts";
import { createRecordingClock } from "./testing/test-server.ts";
import { atOnce, createTlsBench, textOf } from "./testing/tls-bench.ts";
import type { TlsAnswer } from "./testing/tls-server.ts";

const { isReady, start, client, cleanUp } = createTlsBench();
const note = isReady ? "" : " (skipped: openssl is not installed)";

const answerPath: TlsAnswer = (request, response) => void response.end(request.url);
const get = (url: string) => ({ method: "GET", url }) as const;

describe.skipIf(!isReady)(`an origin that negotiates${note}`, () => {
  afterEach(cleanUp);

  it("is asked once, and then multiplexed over that connection", async () => {
    const server = await start(answerPath);
    const answers = await atOnce(64, client(), (index) => get(`${server.origin}/${index}`));
    expect(answers.map(textOf)).toEqual(Array.from({ length: 64 }, (_, index) => `/${index}`));
    expect([server.handshakes, server.sessions.length]).toEqual([1, 1]);
    expect(server.seen.every((line) => line.startsWith("2 "))).toBe(true);
    expect(server.mostAtOnce[2]).toBeGreaterThan(1);
  });

  it("is spoken to by HTTP/1.1 over the connection that asked, one request at a time", async () => {
    const answer: TlsAnswer = async (_, response) => {
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
      response.end();
    };
    const server = await start(answer, { protocols: "http/1.1" });
    const http = client();
    for (const path of ["/a", "/b", "/c"]) await http.request(get(`${server.origin}${path}`));
    expect(server.handshakes).toBe(1);
    const busy = client({ connectionsPerOrigin: 20 });
    // undici would pipeline HEAD rather than GET.
    await atOnce(64, busy, (index) => ({ method: "HEAD", url: `${server.origin}/${index}` }));
    expect(server.handshakes).toBeLessThanOrEqual(1 + 20);
    expect(server.seen.every((line) => line.startsWith("1 "))).toBe(true);
    expect(server.mostAtOnce).toEqual({ 1: 1, 2: 0 });
  });

  it("is not asked when HTTP/2 is switched off", async () => {
    const server = await start(answerPath);
    await atOnce(8, client({ http2: false }), () => get(server.origin));
    expect(server.seen).toEqual(Array.from({ length: 8 }, () => "1 GET /"));
  });

  it("fails all who wait for the first connection when that fails, and is asked again by the next", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const http = client({ retries: 0 });
    const request = get(`https://127.0.0.1:${(server.address() as { port: number }).port}/`);
    const codes = await Promise.all(Array.from({ length: 64 }, () => codeOf(http.request(request))));
    expect([new Set(codes), connections]).toEqual([new Set(["UNAVAILABLE"]), 1]);
    await codeOf(http.request(request));
    expect(connections).toBe(2);
    server.close();
  });

  it("gives up connecting after connectTimeoutMs, and when the client is closed", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const request = get(`https://127.0.0.1:${(server.address() as { port: number }).port}/`);
    expect(await codeOf(client({ retries: 0, connectTimeoutMs: 20 }).request(request))).toBe("TIMEOUT");
    const http = client();
    const code = codeOf(http.request(request));
    await once(server, "connection");
    await http.close();
    expect(await code).toBe("CANCELLED");
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it("may be replaced by a server of the other kind, again and again", async () => {
    const http = client();
    let port = 0;
    for (const [protocols, expected] of [
      ["both", "2 GET /"],
      ["http/1.1", "1 GET /"],
      ["both", "2 GET /"],
    ] as const) {
      const server = await start(answerPath, { protocols, port });
      port = server.port;
      await http.request(get(server.origin));
      expect(server.seen).toEqual([expected]);
      await server[Symbol.asyncDispose]();
    }
  });

  it("lets requests on the old connections end when a new one chooses the other protocol", async () => {
    let choice: "h2" | "http/1.1" = "http/1.1";
    const held: (() => void)[] = [];
    const bodies = new Map<string, string>();
    const answer: TlsAnswer = async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      bodies.set(request.url ?? "", body);
      if (request.url === "/held") held.push(() => response.end());
      else response.end();
    };
    const server = await start(answer, { choose: () => choice });
    const http = client({ retries: 0 });
    const first = http.request(get(`${server.origin}/held`));
    while (held.length === 0) await new Promise(setImmediate);
    choice = "h2";
    async function* pieces() {
      yield Buffer.from("one ");
      yield Buffer.from("two");
    }
    await http.request({ method: "PUT", url: `${server.origin}/put`, body: pieces });
    await http.request({ method: "HEAD", url: `${server.origin}/head` });
    held[0]?.();
    expect((await first).status).toBe(200);
    expect(server.seen).toEqual(["1 GET /held", "2 PUT /put", "2 HEAD /head"]);
    expect(bodies.get("/put")).toBe("one two");
    await atOnce(10, http, (index) => get(`${server.origin}/${index}`));
    expect([server.handshakes, server.sessions.length]).toEqual([2, 1]);
  });

  it("answers everything where each connection chooses differently", async () => {
    let connections = 0;
    const answer: TlsAnswer = (request, response, server) => {
      const index = Number(request.url?.slice(1));
      if (request.httpVersionMajor === 1 && index % 4 === 0) response.setHeader("connection", "close");
      response.end(request.url);
      if (request.httpVersionMajor === 2 && index % 9 === 0) server.sessions.at(-1)?.close();
    };
    const server = await start(answer, { choose: () => (connections++ % 3 === 0 ? "h2" : "http/1.1") });
    const http = client();
    for (let round = 0; round < 8; round += 1) {
      const answers = await atOnce(32, http, (index) => get(`${server.origin}/${round * 32 + index}`));
      expect(answers.map(textOf)).toEqual(Array.from({ length: 32 }, (_, index) => `/${round * 32 + index}`));
    }
    expect(new Set(server.seen.map((line) => line[0]))).toEqual(new Set(["1", "2"]));
    expect(server.mostAtOnce[1]).toBe(1);
  });

  it("does not keep a connection that nobody waits for any more", async () => {
    const server = await start(answerPath, { protocols: "http/1.1" });
    const http = client();
    const controller = new AbortController();
    const code = codeOf(http.request(get(server.origin), { signal: controller.signal }));
    controller.abort();
    expect(await code).toBe("CANCELLED");
    await server.connectionClosed();
    expect(server.seen).toEqual([]);
  });
});

describe.skipIf(!isReady)(`credentials over a negotiated connection${note}`, () => {
  afterEach(cleanUp);

  it("go to no server whose certificate is not the host's", async () => {
    const server = await start(answerPath);
    const other = makeCertificate("DNS:other.test");
    const stranger = await start(answerPath, other);
    const http = client({ certificateAuthorities: { [`127.0.0.1:${stranger.port}`]: other?.cert ?? "" } });
    const clock = createRecordingClock();
    const careless = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      for (const { origin } of [server, stranger]) {
        for (const options of [{ http2: true }, { http2: false }]) {
          const untrusting = client({ ...options, clock, certificateAuthorities: {} });
          expect(await codeOf(untrusting.request({ ...get(origin), authorization: "Bearer dummy" }))).toBe(
            "UNAVAILABLE",
          );
        }
      }
      expect(await codeOf(http.request({ ...get(stranger.origin), authorization: "Bearer dummy" }))).toBe(
        "UNAVAILABLE",
      );
    } finally {
      if (careless === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = careless;
    }
    expect([...server.seen, ...stranger.seen]).toEqual([]);
    expect(clock.waits).toEqual([]);
  });

  it("share no connection with another origin, even of the same server and certificate", async () => {
    const names: unknown[] = [];
    const server = await start((request, response) => {
      const socket = response.stream?.session?.socket as TLSSocket | undefined;
      names.push([request.headers[":authority"], socket?.servername]);
      response.end();
    });
    const http = client();
    await http.request(get(`https://127.0.0.1:${server.port}/`));
    await http.request(get(`https://localhost:${server.port}/`));
    expect(server.sessions).toHaveLength(2);
    expect(names).toEqual([
      [`127.0.0.1:${server.port}`, false],
      [`localhost:${server.port}`, "localhost"],
    ]);
  });
});
