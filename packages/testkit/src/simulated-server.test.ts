import { describe, expect, it } from "vitest";
import type { FaultRule } from "./fault.ts";
import { serve } from "./serve.ts";
import { createSimulatedServer, type SimulatedServer } from "./simulated-server.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const url = "http://server.test/items/one?token=abc&n=1";

function openServer(): { server: SimulatedServer; effects: string[]; clock: ReturnType<typeof createVirtualClock> } {
  const clock = createVirtualClock({ auto: true });
  const effects: string[] = [];
  const server = createSimulatedServer(async (request, identify) => {
    effects.push(request.method);
    identify("robot");
    return new Response("0123456789", { headers: { "content-length": "10" } });
  }, clock);
  return { server, effects, clock };
}

describe("a simulated server", () => {
  it("logs method, path, status and user, but no secret", async () => {
    const { server } = openServer();
    const seen: string[] = [];
    const stop = server.onRequest((request) => seen.push(request.method));
    await server.fetch(url, { headers: { authorization: "Bearer very-secret" } });
    stop();
    await server.fetch(url);
    expect(server.log).toHaveLength(2);
    expect(server.log[0]).toMatchObject({ method: "GET", path: "/items/one", status: 200, user: "robot" });
    expect(JSON.stringify(server.log)).not.toMatch(/very-secret|abc/);
    expect(seen).toEqual(["GET"]);
  });

  it("gives answers an address, as fetch does", async () => {
    const { server } = openServer();
    expect((await server.fetch(new Request(url))).url).toBe(url);
  });

  it("rejects with the signal's reason when a request is aborted, before or during it", async () => {
    const { server } = openServer();
    await expect(server.fetch(url, { signal: AbortSignal.abort("early") })).rejects.toBe("early");
    const abort = new AbortController();
    server.inject({ match: {}, effect: { before: () => abort.abort("half-way") } });
    await expect(server.fetch(url, { signal: abort.signal })).rejects.toBe("half-way");
  });
});

describe("a fault", () => {
  it("answers instead of the server", async () => {
    const { server, effects } = openServer();
    const fault = server.inject({
      match: { method: "get", path: /^\/items\// },
      effect: { status: 429, headers: { "retry-after": "2" }, body: "slow down" },
    });
    const response = await server.fetch(url);
    expect([response.status, response.headers.get("retry-after"), await response.text()]).toEqual([
      429,
      "2",
      "slow down",
    ]);
    expect((await server.fetch(url)).status).toBe(200);
    expect(fault.hits).toBe(1);
    expect(effects).toEqual(["GET"]);
  });

  it("meets only what matches, from `after` on, `times` times, until it is removed", async () => {
    const { server } = openServer();
    const fault = server.inject({
      match: (request) => request.method === "PUT",
      after: 1,
      times: 2,
      effect: { status: 500 },
    });
    const put = async (): Promise<number> => (await server.fetch(url, { method: "PUT" })).status;
    expect((await server.fetch(url)).status).toBe(200);
    expect([await put(), await put(), await put(), await put()]).toEqual([200, 500, 500, 200]);
    expect(fault.hits).toBe(2);
    const forever = server.inject({
      match: { path: "items" },
      times: Number.POSITIVE_INFINITY,
      effect: { status: 503 },
    });
    expect(await put()).toBe(503);
    forever.remove();
    expect(await put()).toBe(200);
  });

  it("matches every time with an expression that has the g flag", async () => {
    const { server } = openServer();
    const fault = server.inject({ match: { path: /items/g }, times: 2, effect: { status: 500 } });
    await server.fetch(url);
    await server.fetch(url);
    expect(fault.hits).toBe(2);
  });

  it("delays on the server's clock, and runs code before, and then goes on to other faults", async () => {
    const { server, clock } = openServer();
    const order: string[] = [];
    server.inject({ match: {}, effect: { delayMs: 60_000 } });
    server.inject({ match: {}, effect: { before: async () => void order.push("moved") } });
    server.inject({ match: {}, effect: { status: 502 } });
    expect((await server.fetch(url)).status).toBe(502);
    expect(order).toEqual(["moved"]);
    expect(clock.now()).toBe("2026-01-01T00:01:00Z");
  });

  const lost: Record<string, { effect: FaultRule["effect"]; effects: readonly string[] }> = {
    "loses the connection before the effect": { effect: { reset: true }, effects: [] },
    "loses the answer after the effect": { effect: { loseResponse: true }, effects: ["PUT"] },
  };
  for (const [name, { effect, effects: expected }] of Object.entries(lost)) {
    it(`${name}, under fetch and under serve`, async () => {
      const { server, effects } = openServer();
      const served = await serve(server.fetch);
      try {
        for (const send of [server.fetch, fetch]) {
          effects.length = 0;
          server.inject({ match: {}, effect });
          const error = await send(`${served.origin}/items`, { method: "PUT" }).catch((caught: unknown) => caught);
          expect(error).toBeInstanceOf(TypeError);
          expect((error as TypeError).cause).toMatchObject({ code: "ECONNRESET" });
          expect(effects).toEqual(expected);
          expect(server.log.at(-1)?.status).toBe(0);
        }
      } finally {
        await served.close();
      }
    });
  }

  it("truncates a body behind its full length, under fetch and under serve", async () => {
    const { server } = openServer();
    const served = await serve(server.fetch);
    try {
      for (const send of [server.fetch, fetch]) {
        server.inject({ match: {}, effect: { truncateTo: 4 } });
        const response = await send(`${served.origin}/items`);
        expect(response.headers.get("content-length")).toBe("10");
        const received: number[] = [];
        await expect(
          (async () => {
            for await (const chunk of response.body ?? []) received.push(...(chunk as Uint8Array));
          })(),
        ).rejects.toThrow(TypeError);
        expect(Buffer.from(received).toString()).toBe("0123");
      }
    } finally {
      await served.close();
    }
  });
});
