import { BayplanError, isBayplanError } from "@bayplan/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { codeOf } from "./testing/open-http.ts";
import { answerSettings, flag, frame, startRawHttp2Server, status200 } from "./testing/raw-http2-server.ts";
import { atOnce, createTlsBench, textOf, wireRequest } from "./testing/tls-bench.ts";

const { isReady, certificate, start, client, transport, cleanUp } = createTlsBench();
const note = isReady ? "" : " (skipped: openssl is not installed)";
afterEach(async () => {
  vi.useRealTimers();
  await cleanUp();
});

describe.skipIf(!isReady)(`a request over HTTP/2${note}`, () => {
  it("gives status and headers, and an empty body to HEAD", async () => {
    const server = await start((request, response) => {
      response.writeHead(request.method === "HEAD" ? 404 : 201, { "Content-Length": "4", "X-Many": ["a", "b"] });
      response.end("body");
    });
    const http = client();
    const head = await http.request({ method: "HEAD", url: `${server.origin}/a?b=c` });
    expect([head.status, head.body.byteLength, head.url]).toEqual([404, 0, `${server.origin}/a?b=c`]);
    expect([head.headers.get("Content-Length"), head.headers.get("x-many")]).toEqual(["4", "a, b"]);
    const got = await http.request({ method: "GET", url: `${server.origin}/a` });
    expect([got.status, textOf(got)]).toEqual([201, "body"]);
    expect(got.headers.get(":status")).toBeUndefined();
    expect(server.seen).toEqual(["2 HEAD /a?b=c", "2 GET /a"]);
  });

  it("gives empty answers of any status", async () => {
    const server = await start((request, response) => void response.writeHead(Number(request.url?.slice(1))).end());
    const http = client();
    for (const status of [200, 204, 304, 404]) {
      const answer = await http.request({ method: "GET", url: `${server.origin}/${status}` });
      expect([answer.status, answer.body.byteLength]).toEqual([status, 0]);
    }
    expect(server.sessions).toHaveLength(1);
  });

  it("carries the headers of the request, but not those of a connection", async () => {
    let seen: Record<string, unknown> = {};
    const server = await start((request, response) => {
      seen = Object.fromEntries(Object.entries(request.headers));
      response.end();
    });
    const given = { accept: "a/b", host: "other.test", connection: "close", "transfer-encoding": "chunked" };
    const upgrade = { upgrade: "h2c", "http2-settings": "AAMAAABk", te: "gzip" };
    const headers = { ...given, ...upgrade, "keep-alive": "1", "proxy-connection": "close" };
    await client().request({ method: "GET", url: `${server.origin}/a`, headers, authorization: "Bearer dummy" });
    expect(seen).toEqual({
      ":method": "GET",
      ":scheme": "https",
      ":authority": server.origin.slice("https://".length),
      ":path": "/a",
      accept: "a/b",
      "accept-encoding": "identity",
      authorization: "Bearer dummy",
      "user-agent": "bayplan",
    });
  });

  it("passes over interim answers and trailers", async () => {
    const server = await start((_, response) => {
      response.writeEarlyHints({ link: "</a>" });
      response.writeHead(200, { "x-a": "1" });
      response.addTrailers({ "x-a": "2" });
      response.end("body");
    });
    const answer = await client().request({ method: "GET", url: server.origin });
    expect([answer.status, answer.headers.get("x-a"), answer.headers.get("link"), textOf(answer)]).toEqual([
      200,
      "1",
      undefined,
      "body",
    ]);
  });

  it("is cancelled alone: the others on the connection go on", async () => {
    const held: (() => void)[] = [];
    const server = await start((request, response) => {
      if (request.url === "/body") response.write("begun");
      if (request.url === "/headers" || request.url === "/body") return;
      held.push(() => response.end(request.url ?? ""));
    });
    const http = client();
    const others = atOnce(10, http, (index) => ({ method: "GET", url: `${server.origin}/${index}` }));
    while (held.length < 10) await new Promise(setImmediate);
    const controller = new AbortController();
    const { signal } = controller;
    const code = codeOf(http.request({ method: "GET", url: `${server.origin}/headers` }, { signal }));
    const streamed = await http.stream({ method: "GET", url: `${server.origin}/body` }, { signal });
    const reading = (async () => {
      for await (const chunk of streamed.body) expect(String(chunk)).toBe("begun");
    })();
    controller.abort();
    expect([await code, await codeOf(reading)]).toEqual(["CANCELLED", "CANCELLED"]);
    for (const answer of held) answer();
    expect((await others).map(textOf)).toEqual(Array.from({ length: 10 }, (_, index) => `/${index}`));
    expect([server.closedWith.get("/headers"), server.closedWith.get("/body")]).toEqual([8, 8]);
    expect(server.sessions).toHaveLength(1);
  });

  it("is not begun when it was given up before", async () => {
    const server = await start((_, response) => void response.end());
    const wire = transport();
    for (const path of ["/first", "/second"]) {
      const request = wireRequest(`${server.origin}${path}`);
      request.abort(new BayplanError("CANCELLED", "The caller wants it no more."));
      expect(await codeOf(wire.send(request))).toBe("CANCELLED");
    }
    await wire.send(wireRequest(`${server.origin}/last`));
    expect(server.seen).toEqual(["2 GET /last"]);
  });
});

describe.skipIf(!isReady)(`a server that does not keep to HTTP/2${note}`, () => {
  it("may send a body after HEAD: the answer counts, and so does the next one", async () => {
    await using server = await startRawHttp2Server(certificate, (read, connection) => {
      answerSettings(read, connection);
      if (read.type !== frame.headers) return;
      connection.write(frame.headers, flag.endHeaders, read.streamId, status200);
      connection.write(frame.data, flag.endStream, read.streamId, Buffer.from("HTTP/1.1 404 Not Found\r\n\r\n"));
    });
    const http = client({ retries: 0 });
    for (let count = 0; count < 3; count += 1) {
      expect((await http.request({ method: "HEAD", url: server.origin })).status).toBe(200);
    }
    expect(textOf(await http.request({ method: "GET", url: server.origin }))).toContain("404");
    expect(server.connections).toHaveLength(1);
  });

  it("may leave the answer to HEAD open: the stream is given up a second later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const closed: Buffer[] = [];
    await using server = await startRawHttp2Server(certificate, (read, connection) => {
      answerSettings(read, connection);
      if (read.type === frame.headers) connection.write(frame.headers, flag.endHeaders, read.streamId, status200);
      if (read.type === frame.rstStream) closed.push(read.payload);
    });
    const http = client();
    expect((await http.request({ method: "HEAD", url: server.origin })).status).toBe(200);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(closed).toEqual([]);
    vi.advanceTimersByTime(1000);
    while (closed.length === 0) await new Promise(setImmediate);
    expect(closed).toEqual([Buffer.from([0, 0, 0, 8])]);
  });

  it.each([
    ["fields", 200, 1],
    ["frames", 1, 200],
  ])("may not send %s of headers without end", async (_, fields, frames) => {
    // A literal without indexing: https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2
    const field = [0, 1, 97, 1, 98];
    const block = Uint8Array.from(Array.from({ length: fields }, () => field).flat());
    await using server = await startRawHttp2Server(certificate, (read, connection) => {
      answerSettings(read, connection);
      if (read.type !== frame.headers) return;
      connection.write(frame.headers, 0, read.streamId, status200);
      for (let count = 0; count < frames; count += 1) connection.write(frame.continuation, 0, read.streamId, block);
    });
    const http = client({ retries: 0 });
    expect(await codeOf(http.request({ method: "GET", url: server.origin }))).toMatch(/UNAVAILABLE|RESPONSE_INVALID/);
  });

  it("is no server of HTTP/2 if it sends something else", async () => {
    await using server = await startRawHttp2Server(certificate, (read, { socket }) => {
      if (read.type === frame.headers) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    const failure = await client({ retries: 0 })
      .request({ method: "GET", url: server.origin })
      .catch((error: unknown) => error);
    expect(isBayplanError(failure) && failure.code).toBe("RESPONSE_INVALID");
  });

  it("cannot move requests elsewhere or push; it may send much before it is read", async () => {
    await using server = await startRawHttp2Server(certificate, (read, connection) => {
      answerSettings(read, connection);
      if (read.type !== frame.headers) return;
      const origin = Buffer.from("https://127.0.0.1");
      const length = Buffer.from([0, origin.byteLength]);
      connection.write(frame.altSvc, 0, 0, Buffer.concat([length, origin, Buffer.from('h2="other.test:443"')]));
      connection.write(frame.headers, flag.endHeaders + flag.endStream, read.streamId, status200);
    });
    const http = client();
    for (let count = 0; count < 2; count += 1) await http.request({ method: "GET", url: server.origin });
    expect(server.connections).toHaveLength(1);
    const [settings, windowUpdate] = server.connections[0]?.frames ?? [];
    expect(settingOf(settings?.payload, 2)).toBe(0);
    // A download over a long link stands still without larger windows than the 64 KiB of the protocol.
    expect(settingOf(settings?.payload, 4)).toBeGreaterThanOrEqual(1024 * 1024);
    expect([windowUpdate?.type, windowUpdate?.streamId]).toEqual([frame.windowUpdate, 0]);
    expect(windowUpdate?.payload.readUInt32BE(0)).toBeGreaterThanOrEqual(4 * 1024 * 1024);
  });
});

/** The value of one setting in the payload of SETTINGS: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2 */
function settingOf(payload: Buffer = Buffer.alloc(0), setting: number): number | undefined {
  for (let at = 0; at < payload.byteLength; at += 6) {
    if (payload.readUInt16BE(at) === setting) return payload.readUInt32BE(at + 2);
  }
  return undefined;
}
