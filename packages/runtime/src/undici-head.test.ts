import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { codeOf, createHttpBench, transports } from "./testing/open-http.ts";
import { createRecordingClock } from "./testing/test-server.ts";

describe.each(transports)("HEAD over %s", (_name, transport) => {
  const { start, client, cleanUp } = createHttpBench(transport);
  afterEach(cleanUp);

  it("gives status, headers and an empty body", async () => {
    const server = await start((_, response) => {
      response.writeHead(404, { "Content-Length": "500", "X-Many": ["a", "b"] }).end();
    });
    const response = await client().request({ method: "HEAD", url: `${server.origin}/a?b=c` });
    expect([response.status, response.body.byteLength, response.url]).toEqual([404, 0, `${server.origin}/a?b=c`]);
    expect([response.headers.get("content-length"), response.headers.get("x-many")]).toEqual(["500", "a, b"]);
    expect(server.seen[0]).toMatchObject({ method: "HEAD", url: "/a?b=c" });
  });

  it("throws TIMEOUT and CANCELLED, also for those that wait for a connection", async () => {
    const server = await start(() => {});
    const http = client({ timeoutMs: 30, retries: 0, connectionsPerOrigin: 1 });
    const head = { method: "HEAD", url: server.origin } as const;
    expect(await Promise.all([1, 2].map(() => codeOf(http.request(head))))).toEqual(["TIMEOUT", "TIMEOUT"]);
    const controller = new AbortController();
    const patient = client({ connectionsPerOrigin: 1 });
    const waiting = [1, 2].map(() => codeOf(patient.request(head, { signal: controller.signal })));
    setTimeout(() => controller.abort(), 10);
    expect(await Promise.all(waiting)).toEqual(["CANCELLED", "CANCELLED"]);
  });

  it("gives the connection of a request that was given up to the next one", async () => {
    const server = await start((request, response) => {
      if (request.url === "/ok") response.end();
    });
    const http = client({ retries: 0, connectionsPerOrigin: 1 });
    const signal = AbortSignal.timeout(10);
    expect(await codeOf(http.request({ method: "HEAD", url: `${server.origin}/never` }, { signal }))).toBe("CANCELLED");
    expect((await http.request({ method: "HEAD", url: `${server.origin}/ok` })).status).toBe(200);
  });

  it("repeats after a lost connection, at once when that was an idle one", async () => {
    const clock = createRecordingClock();
    const server = await start((_, response, index) => {
      if (index === 1 || index === 2) response.socket?.destroy();
      else response.end();
    });
    const http = client({ clock, random: () => 0.5 });
    const head = { method: "HEAD", url: server.origin } as const;
    await http.request(head);
    expect((await http.request(head)).status).toBe(200);
    expect(clock.waits).toEqual([100]);
  });

  it("passes over an interim answer", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () =>
        socket.write("HTTP/1.1 103 Early Hints\r\nx: 1\r\n\r\nHTTP/1.1 200 OK\r\nx: 2\r\n\r\n"),
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const http = client();
    const response = await http.request({ method: "HEAD", url: `http://127.0.0.1:${port}/` });
    expect([response.status, response.headers.get("x")]).toEqual([200, "2"]);
    await http.close();
    server.close();
  });
});
