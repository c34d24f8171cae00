import { isBayplanError } from "@bayplan/core";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpClient } from "./http-client.ts";
import { codeOf, createHttpBench, transports } from "./testing/open-http.ts";
import { createRecordingClock, startTestServer } from "./testing/test-server.ts";

async function drain(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe.each(transports)("createHttpClient over %s", (_name, transport) => {
  const { start, client, cleanUp } = createHttpBench(transport);
  afterEach(cleanUp);

  it("gives status, headers, final URL and bytes", async () => {
    const server = await start((_, response) => {
      response.writeHead(404, { "x-one": "1", "www-authenticate": "Basic" }).end("gone");
    });
    const response = await client().request({ method: "GET", url: `${server.origin}/a?b=c#d` });
    expect(response.status).toBe(404);
    expect(response.headers.get("X-One")).toBe("1");
    expect(response.headers.get("absent")).toBeUndefined();
    expect(response.url).toBe(`${server.origin}/a?b=c`);
    expect(Buffer.from(response.body).toString()).toBe("gone");
    expect(server.seen[0]?.headers["accept-encoding"]).toBe("identity");
    expect(server.seen[0]?.headers["user-agent"]).toBe("bayplan");
  });

  it.each([408, 429, 500, 502, 503, 504])("repeats a GET that answered %i", async (status) => {
    const clock = createRecordingClock();
    const server = await start((_, response, index) => {
      response.writeHead(index < 2 ? status : 200).end("x");
    });
    const http = client({ clock, random: () => 0.5 });
    expect((await http.request({ method: "GET", url: server.origin })).status).toBe(200);
    expect(clock.waits).toEqual([100, 200]);
  });

  it("gives the last response back when the retries are used up", async () => {
    const clock = createRecordingClock();
    const server = await start((_, response) => {
      response.writeHead(503).end("busy");
    });
    const response = await client({ clock, retries: 3, random: () => 1 }).request({
      method: "GET",
      url: server.origin,
    });
    expect([response.status, Buffer.from(response.body).toString()]).toEqual([503, "busy"]);
    expect(server.seen).toHaveLength(4);
    expect(clock.waits).toEqual([200, 400, 800]);
  });

  it.each(["POST", "PATCH"] as const)("never repeats %s by itself", async (method) => {
    const server = await start((_, response) => {
      response.writeHead(503).end();
    });
    const body = Buffer.from("once");
    expect((await client().request({ method, url: server.origin, body })).status).toBe(503);
    expect(server.seen.map((request) => request.body.toString())).toEqual(["once"]);
  });

  it("repeats a PUT with a re-created body of several chunks", async () => {
    const server = await start((_, response, index) => {
      response.writeHead(index === 0 ? 500 : 201).end();
    });
    async function* chunks() {
      yield Buffer.from("ab");
      yield Buffer.from("cd");
    }
    const headers = { "Content-Length": "4" };
    const response = await client().request({ method: "PUT", url: server.origin, body: chunks, headers });
    expect(response.status).toBe(201);
    expect(server.seen.map((request) => request.body.toString())).toEqual(["abcd", "abcd"]);
    expect(server.seen[1]?.headers["content-length"]).toBe("4");
  });

  it("sends a large body whole", async () => {
    const server = await start((_, response) => {
      response.writeHead(201).end();
    });
    const body = Buffer.alloc(300_000, "bayplan ");
    await client().request({ method: "PUT", url: server.origin, body });
    expect(server.seen[0]?.body.equals(body)).toBe(true);
    expect(server.seen[0]?.headers["content-length"]).toBe("300000");
  });

  it("honours Retry-After in seconds and as a date", async () => {
    const clock = createRecordingClock(Date.parse("2026-11-21T02:00:00Z"));
    const server = await start((_, response, index) => {
      const retryAfter = index === 0 ? "7" : "Sat, 21 Nov 2026 02:00:30 GMT";
      response.writeHead(index < 2 ? 429 : 200, index < 2 ? { "retry-after": retryAfter } : {}).end();
    });
    expect((await client({ clock }).request({ method: "GET", url: server.origin })).status).toBe(200);
    expect(clock.waits).toEqual([7_000, 23_000]);
  });

  it("waits as long as the body of a 429 asks, 50 ms at the least, and retries a 403 that means a rate limit", async () => {
    const clock = createRecordingClock();
    const answers = [
      [429, "retry-after: 10.305464ms, allowed: 2000/minute"],
      [429, "retry-after: 1.5s, allowed: 2000/minute"],
      [403, "You have exceeded a secondary rate limit. retry-after: 2s"],
    ] as const;
    const server = await start((_, response, index) => {
      const [status, text] = answers[index] ?? [200, "ok"];
      response.writeHead(status).end(text);
    });
    expect((await client({ clock }).request({ method: "GET", url: server.origin })).status).toBe(200);
    expect(clock.waits).toEqual([50, 1_500, 2_000]);
  });

  it.each([408, 429, 499, 500, 502, 503, 504, 522])(
    "repeats a GET, but no POST, that was answered %i",
    async (status) => {
      const server = await start((_, response, index) => {
        response.writeHead(index === 1 ? 200 : status).end();
      });
      const http = client();
      expect((await http.request({ method: "GET", url: server.origin })).status).toBe(200);
      expect((await http.request({ method: "POST", url: server.origin })).status).toBe(status);
      expect(server.seen).toHaveLength(3);
    },
  );

  it.each([400, 401, 403, 404, 405, 409, 501])("does not repeat what was answered %i", async (status) => {
    const server = await start((_, response) => {
      response.writeHead(status).end("denied");
    });
    expect((await client().request({ method: "GET", url: server.origin })).status).toBe(status);
    expect(server.seen).toHaveLength(1);
  });

  it("does not wait longer than allowed for Retry-After", async () => {
    const clock = createRecordingClock();
    const server = await start((_, response) => {
      response.writeHead(429, { "retry-after": "61" }).end();
    });
    const error = await client({ clock })
      .request({ method: "GET", url: server.origin })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 61_000, status: 429 });
    expect(clock.waits).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });

  it("stops retrying when the call's whole time would be exceeded", async () => {
    const server = await start((_, response) => {
      response.writeHead(429, { "retry-after": "50" }).end();
    });
    const response = await client().request({ method: "GET", url: server.origin });
    expect([response.status, response.retryAfterMs]).toEqual([429, 50_000]);
    expect(server.seen).toHaveLength(3);
  });

  it("repeats a GET whose connection was reset or whose body was cut short", async () => {
    const server = await start((_, response, index) => {
      if (index === 0) response.socket?.destroy();
      else if (index === 1) {
        response.writeHead(200, { "content-length": "10" }).write("12345");
        setTimeout(() => response.socket?.destroy(), 5);
      } else response.writeHead(200, { "content-length": "10" }).end("1234567890");
    });
    const response = await client().request({ method: "GET", url: server.origin });
    expect(Buffer.from(response.body).toString()).toBe("1234567890");
    expect(server.seen).toHaveLength(3);
  });

  it("throws UNAVAILABLE when nothing listens, after its retries", async () => {
    const server = await startTestServer(() => {});
    await server[Symbol.asyncDispose]();
    const clock = createRecordingClock();
    expect(await codeOf(client({ clock }).request({ method: "GET", url: server.origin }))).toBe("UNAVAILABLE");
    expect(clock.waits).toHaveLength(5);
  });

  it("repeats at once on a connection the server had closed while it was idle", async () => {
    const clock = createRecordingClock();
    const server = await start((_, response, index) => {
      if (index === 1) response.socket?.destroy();
      else response.end("ok");
    });
    const http = client({ clock });
    await http.request({ method: "GET", url: server.origin });
    expect((await http.request({ method: "GET", url: server.origin })).status).toBe(200);
    expect(clock.waits).toEqual([]);
    expect(server.seen).toHaveLength(3);
  });

  it("throws TIMEOUT when no headers come, and when the body stands still", async () => {
    const server = await start((request, response) => {
      if (request.url === "/body") response.writeHead(200).write("begin");
    });
    const http = client({ timeoutMs: 30, retries: 1 });
    expect(await codeOf(http.request({ method: "GET", url: `${server.origin}/headers` }))).toBe("TIMEOUT");
    expect(await codeOf(http.request({ method: "GET", url: `${server.origin}/body` }))).toBe("TIMEOUT");
    expect(server.seen).toHaveLength(4);
    const stream = await http.stream({ method: "GET", url: `${server.origin}/body` });
    expect(await codeOf(drain(stream.body))).toBe("TIMEOUT");
  });

  it("throws CANCELLED before, during and between attempts", async () => {
    const server = await start((request, response) => {
      if (request.url === "/busy") response.writeHead(503).end();
    });
    expect(
      await codeOf(client().request({ method: "GET", url: server.origin }, { signal: AbortSignal.abort("why") })),
    ).toBe("CANCELLED");
    expect(server.seen).toHaveLength(0);
    const signal = AbortSignal.timeout(20);
    expect(await codeOf(client().request({ method: "GET", url: `${server.origin}/never` }, { signal }))).toBe(
      "CANCELLED",
    );
    const controller = new AbortController();
    const clock = createRecordingClock();
    clock.sleep = async () => controller.abort();
    const busy = client({ clock }).request(
      { method: "GET", url: `${server.origin}/busy` },
      { signal: controller.signal },
    );
    expect(await codeOf(busy)).toBe("CANCELLED");
    expect(server.seen).toHaveLength(2);
  });

  it("bounds the body, announced or not", async () => {
    const server = await start((request, response) => {
      if (request.url === "/announced") response.writeHead(200, { "content-length": "1000000" });
      response.end(Buffer.alloc(1_000_000));
    });
    for (const path of ["/announced", "/chunked"]) {
      const request = { method: "GET", url: `${server.origin}${path}`, maxBytes: 1000 } as const;
      expect(await codeOf(client().request(request))).toBe("RESPONSE_INVALID");
    }
    expect(server.seen).toHaveLength(2);
  });

  it("refuses an encoded body instead of giving other bytes", async () => {
    const server = await start((_, response) => {
      response
        .writeHead(200, { "content-encoding": "gzip" })
        .end(Buffer.from("1f8b0800000000000003030000000000", "hex"));
    });
    expect(await codeOf(client().request({ method: "GET", url: server.origin }))).toBe("RESPONSE_INVALID");
  });

  it("streams, reports a cut body while iterating, and gives failures back whole", async () => {
    const server = await start((request, response, index) => {
      if (request.url === "/cut") {
        response.writeHead(200, { "content-length": "10" }).write("12345");
        setTimeout(() => response.socket?.destroy(), 5);
      } else response.writeHead(index === 0 ? 503 : request.url === "/404" ? 404 : 200).end("body");
    });
    const http = client();
    const ok = await http.stream({ method: "GET", url: server.origin });
    expect([ok.status, await drain(ok.body)]).toEqual([200, "body"]);
    const missing = await http.stream({ method: "GET", url: `${server.origin}/404` });
    expect([missing.status, await drain(missing.body)]).toEqual([404, "body"]);
    const cut = await http.stream({ method: "GET", url: `${server.origin}/cut` });
    expect(await codeOf(drain(cut.body))).toBe("UNAVAILABLE");
  });

  it("lets go of a stream that is not read to its end, and stops one whose caller cancels", async () => {
    const server = await start(async (_, response) => {
      response.writeHead(200).write("begin");
    });
    const http = client({ connectionsPerOrigin: 1 });
    for (let round = 0; round < 2; round += 1) {
      const stream = await http.stream({ method: "GET", url: server.origin });
      for await (const chunk of stream.body) {
        expect(Buffer.from(chunk).toString()).toBe("begin");
        break;
      }
    }
    const controller = new AbortController();
    const stream = await http.stream({ method: "GET", url: server.origin }, { signal: controller.signal });
    const reading = codeOf(drain(stream.body));
    setTimeout(() => controller.abort(), 10);
    expect(await reading).toBe("CANCELLED");
  });

  it("is of no use after close", async () => {
    const http = createHttpClient(transport);
    await http.close();
    expect(await codeOf(http.request({ method: "GET", url: "http://127.0.0.1:1/" }))).toBe("CANCELLED");
  });

  it("never shows credentials in an error", async () => {
    const server = await startTestServer(() => {});
    await server[Symbol.asyncDispose]();
    const secret = "s3cret-value";
    const url = `${server.origin}/x?access_token=${secret}&n=1`;
    const request = {
      method: "GET",
      url,
      authorization: `Bearer ${secret}`,
      headers: { "private-token": secret },
    } as const;
    const error = await client({ retries: 0 })
      .request(request)
      .catch((caught: unknown) => caught);
    expect(isBayplanError(error) && error.message).toContain("n=1");
    expect(
      JSON.stringify([error, String(error), String((error as Error).cause), (error as Error).stack]),
    ).not.toContain(secret);
  });

  it("survives a server that sends a body after HEAD", async () => {
    const server = await start((request, response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\nx-path: ${request.url}\r\n\r\nbody`);
    });
    const http = client();
    for (const path of ["/1", "/2", "/3"]) {
      const response = await http.request({ method: "HEAD", url: server.origin + path });
      expect(response.headers.get("x-path")).toBe(path);
    }
  });
});

it("notices a body that is shorter or longer than announced also when the transport does not", async () => {
  const lengths = ["9", "2"];
  const answer = (): Response => new Response("1234", { headers: { "content-length": lengths.shift() ?? "4" } });
  const http = createHttpClient({ clock: createRecordingClock(), fetch: async () => answer() });
  expect(await codeOf(http.request({ method: "GET", url: "https://registry.invalid/" }))).toBe("RESPONSE_INVALID");
  lengths.push("9");
  const response = await http.request({ method: "GET", url: "https://registry.invalid/" });
  expect(response.body).toHaveLength(4);
});

it("bounds the whole time of a body that trickles", async () => {
  async function* trickle() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      yield new Uint8Array(1);
    }
  }
  const fetch = async () => ({ status: 200, headers: new Headers(), body: trickle() });
  const http = createHttpClient({ fetch, callTimeoutMs: 40 });
  expect(await codeOf(http.request({ method: "GET", url: "https://registry.invalid/" }))).toBe("TIMEOUT");
});
