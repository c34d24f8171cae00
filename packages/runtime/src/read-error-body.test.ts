import { afterEach, describe, expect, it } from "vitest";
import { codeOf, createHttpBench, transports } from "./testing/open-http.ts";

const keptBytes = 64 * 1024;

describe.each(transports)("the body of a refusal over %s", (_name, transport) => {
  const { start, client, cleanUp } = createHttpBench(transport);
  afterEach(cleanUp);

  it.each([400, 401, 403, 404, 409, 418, 429, 500, 503])("a %i stays one, however long its body is", async (status) => {
    const server = await start((request, response) => {
      const body = Buffer.alloc(1_000_000, "no ");
      response.writeHead(status, request.url === "/announced" ? { "content-length": body.length } : {}).end(body);
    });
    const http = client({ retries: 1 });
    for (const path of ["/announced", "/chunked"]) {
      for (const maxBytes of [1000, 10_000_000]) {
        const request = { method: "GET", url: `${server.origin}${path}`, maxBytes } as const;
        const response = await http.request(request);
        expect([response.status, response.body.length]).toEqual([status, Math.min(maxBytes, keptBytes)]);
        expect(Buffer.from(response.body).toString()).toMatch(/^(?:no )+n?o?$/);
      }
    }
  });

  it("drops the connection of a refusal that has no end", async () => {
    let closed = (): void => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = await start((_, response) => {
      response.on("close", closed);
      response.writeHead(403);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
        response.once("drain", more);
      };
      more();
    });
    const response = await client().request({ method: "GET", url: server.origin });
    expect([response.status, response.body.length]).toEqual([403, keptBytes]);
    await isClosed;
  });

  it.each([
    ["is cut short", "cut", 403],
    ["is cut short", "cut", 500],
    ["stands still", "still", 401],
    ["is encoded", "encoded", 403],
  ])("keeps the status when the body %s", async (_, fault, status) => {
    const server = await start((_request, response) => {
      response.writeHead(status, {
        ...(fault === "cut" ? { "content-length": "100" } : {}),
        ...(fault === "encoded" ? { "content-encoding": "gzip" } : {}),
      });
      response.write("begin", () => {
        if (fault === "cut") setTimeout(() => response.socket?.destroy(), 5);
        if (fault === "encoded") response.end();
      });
    });
    const http = client({ retries: 1, timeoutMs: 50 });
    const response = await http.request({ method: "GET", url: server.origin });
    expect([response.status, Buffer.from(response.body).toString()]).toEqual([
      status,
      fault === "encoded" ? "" : "begin",
    ]);
  });

  it("believes no 404 whose body is not there in whole: it may say something else", async () => {
    const server = await start((request, response) => {
      response.writeHead(404, request.url === "/cut" ? { "content-length": "100" } : { "content-encoding": "gzip" });
      response.write('{"errors":', () => setTimeout(() => response.socket?.destroy(), 5));
    });
    const http = client({ retries: 1 });
    expect(await codeOf(http.request({ method: "GET", url: `${server.origin}/cut` }))).toBe("UNAVAILABLE");
    expect(await codeOf(http.request({ method: "GET", url: `${server.origin}/encoded` }))).toBe("RESPONSE_INVALID");
  });

  it("ends when it is cancelled while the body of a refusal stands still", async () => {
    const controller = new AbortController();
    const server = await start((_, response) => {
      response.writeHead(403).write("begin", () => setTimeout(() => controller.abort(), 5));
    });
    const { signal } = controller;
    for (const method of ["request", "stream"] as const) {
      expect(await codeOf(client()[method]({ method: "GET", url: server.origin }, { signal }))).toBe("CANCELLED");
    }
  });

  it("bounds what a stream's refusal has to say, too", async () => {
    const server = await start((_, response) => {
      response.writeHead(403).end(Buffer.alloc(1_000_000));
    });
    const { status, body } = await client().stream({ method: "GET", url: server.origin });
    let length = 0;
    for await (const chunk of body) length += chunk.length;
    expect([status, length]).toEqual([403, keptBytes]);
  });
});
