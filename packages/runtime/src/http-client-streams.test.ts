import { afterEach, describe, expect, it } from "vitest";
import type { HttpClient } from "./http-client.ts";
import { createHttpBench, transports } from "./testing/open-http.ts";
import type { TestServer } from "./testing/test-server.ts";

const blob = Buffer.from("0123456789".repeat(20_000));
const half = blob.byteLength / 2;
const oneAtATime = { initial: 1, min: 1, max: 1 };

/** The blob, taken up where the connection broke. */
async function* download(http: HttpClient, url: string): AsyncGenerator<Uint8Array> {
  let received = 0;
  for (let tries = 0; tries < 3 && received < blob.byteLength; tries += 1) {
    const headers: Record<string, string> = received === 0 ? {} : { range: `bytes=${received}-` };
    const { body } = await http.stream({ method: "GET", url, headers });
    try {
      for await (const chunk of body) {
        received += chunk.byteLength;
        yield chunk;
      }
    } catch {
      // The next round goes on from there.
    }
  }
}

describe.each(transports)("streams through a gate with one slot, over %s", (_name, transport) => {
  const { start, client, cleanUp } = createHttpBench(transport);
  afterEach(cleanUp);

  /** Breaks every download in the middle, once, and stores what is uploaded. */
  function startStore(): Promise<TestServer> {
    return start(async ({ method, headers }, response) => {
      if (method !== "GET") return void response.writeHead(201).end();
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
      if (from > 0) return void response.writeHead(206).end(blob.subarray(from));
      response.writeHead(200, { "content-length": blob.byteLength });
      response.write(blob.subarray(0, half), () => setImmediate(() => response.socket?.destroy()));
    });
  }

  // Fails by itself, rather than by the runner's time limit, where somebody waits for a slot in vain.
  const limits = { concurrency: oneAtATime, callTimeoutMs: 10_000, timeoutMs: 10_000, retries: 0 };

  it("copies from a host to itself, resumed in the middle, several at once", async () => {
    const server = await startStore();
    const http = client(limits);
    const copy = (name: string) =>
      http.request({
        method: "PUT",
        url: `${server.origin}/to/${name}`,
        headers: { "content-length": String(blob.byteLength) },
        body: () => download(http, `${server.origin}/from/${name}`),
      });
    const answers = await Promise.all(["a", "b", "c"].map(copy));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const stored = server.seen.filter(({ method }) => method === "PUT");
    expect(stored.map(({ body }) => body.equals(blob))).toEqual([true, true, true]);
  });

  it("uploads in pieces what it downloads, resumed in the middle, several at once", async () => {
    const server = await startStore();
    const http = client(limits);
    const copy = async (name: string): Promise<number> => {
      let sent = 0;
      for await (const body of download(http, `${server.origin}/from/${name}`)) {
        const request = { method: "PATCH", url: `${server.origin}/to/${name}`, body } as const;
        expect((await http.request(request)).status).toBe(201);
        sent += body.byteLength;
      }
      return sent;
    };
    expect(await Promise.all(["a", "b", "c"].map(copy))).toEqual([blob.byteLength, blob.byteLength, blob.byteLength]);
  });

  it("keeps many downloads open at once, and still asks for something else", async () => {
    const server = await start(({ url }, response) => {
      if (url === "/other") response.end("ok");
      else response.writeHead(200).write("begin");
    });
    const http = client(limits);
    const open = await Promise.all(
      Array.from({ length: 40 }, (_, index) => http.stream({ method: "GET", url: `${server.origin}/${index}` })),
    );
    expect((await http.request({ method: "GET", url: `${server.origin}/other` })).status).toBe(200);
    expect(server.connections).toBe(41);
    for (const { body } of open) for await (const _chunk of body) break;
  });

  it("counts an upload that is being produced nowhere, but lets it wait for its turn", async () => {
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const order: string[] = [];
    const server = await start(async ({ url }, response) => {
      order.push(`${url} ends`);
      response.end("ok");
    });
    async function* body(): AsyncGenerator<Uint8Array> {
      order.push("upload begins");
      yield Buffer.from("ab");
      await finished;
      yield Buffer.from("cd");
    }
    const http = client(limits);
    const first = http.request({ method: "GET", url: `${server.origin}/first` });
    const upload = http.request({ method: "PUT", url: `${server.origin}/upload`, body });
    await http.request({ method: "GET", url: `${server.origin}/meanwhile` });
    expect(order).toEqual(["/first ends", "upload begins", "/meanwhile ends"]);
    finish();
    expect((await upload).status).toBe(200);
    await first;
  });
});
