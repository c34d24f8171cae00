import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { connectionReset } from "./connection-reset.ts";
import { type ServedHandler, serve } from "./serve.ts";

let served: ServedHandler | undefined;
afterEach(() => served?.close());

async function mount(handler: (request: Request) => Promise<Response>): Promise<ServedHandler> {
  served = await serve(handler);
  return served;
}

describe("serve", () => {
  it("gives the handler method, address, headers and body", async () => {
    const { origin, host } = await mount(async (incoming) => {
      const { method, url, headers } = incoming;
      return Response.json({ method, url, mark: headers.get("x-mark"), body: await incoming.text() });
    });
    const response = await fetch(`${origin}/path?query=1`, { method: "PUT", headers: { "x-mark": "m" }, body: "text" });
    expect(await response.json()).toEqual({
      method: "PUT",
      url: `http://${host}/path?query=1`,
      mark: "m",
      body: "text",
    });
  });

  it("carries the content-length of a HEAD, and no body", async () => {
    const { origin } = await mount(async () => new Response(null, { headers: { "content-length": "1234" } }));
    const response = await fetch(origin, { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe("1234");
    expect(await response.text()).toBe("");
  });

  it("streams bodies both ways", async () => {
    const { origin } = await mount(async (incoming) => new Response(incoming.body));
    const chunks = Array.from({ length: 40 }, (_, index) => new Uint8Array(50_000).fill(index));
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const response = await fetch(origin, { method: "POST", body, duplex: "half" });
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.concat(chunks))).toBe(true);
  });

  it("resets the socket when the handler loses the connection", async () => {
    const { origin } = await mount(() => Promise.reject(connectionReset()));
    const error = await fetch(origin).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).cause).toMatchObject({ code: "ECONNRESET" });
  });

  it("answers 500 without details when the handler fails otherwise", async () => {
    const { origin } = await mount(() => Promise.reject(new Error("a secret")));
    const response = await fetch(origin);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });

  it("destroys the socket when a body fails half-way", async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode("half"));
        controller.error(new Error("lost"));
      },
    });
    const { origin } = await mount(async () => new Response(body, { headers: { "content-length": "8" } }));
    await expect(fetch(origin).then((response) => response.text())).rejects.toThrow(TypeError);
  });

  it("aborts the handler's signal when the client goes away", async () => {
    let signal: AbortSignal | undefined;
    const { origin } = await mount((incoming) => {
      signal = incoming.signal;
      return new Promise(() => {});
    });
    const abort = new AbortController();
    const lost = fetch(origin, { signal: abort.signal });
    await expect.poll(() => signal).toBeDefined();
    abort.abort();
    await expect(lost).rejects.toThrow();
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  it("counts connections, and destroys those that are open on close", async () => {
    const mounted = await mount(() => new Promise(() => {}));
    const ended = new Promise((resolve) => request(mounted.origin).on("error", resolve).end());
    await expect.poll(() => mounted.connections).toBe(1);
    await mounted.close();
    expect(await ended).toBeInstanceOf(Error);
    await expect(fetch(mounted.origin)).rejects.toThrow(TypeError);
  });
});
