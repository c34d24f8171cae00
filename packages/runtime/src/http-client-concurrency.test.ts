import { BayplanError } from "@bayplan/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHttpClient } from "./http-client.ts";
import { createHeldWorld, heldUrl } from "./testing/held-world.ts";
import { settled } from "./testing/manual-clock.ts";
import { codeOf } from "./testing/open-http.ts";

const others = "https://other.example/";

afterEach(() => {
  vi.useRealTimers();
});

describe("how many requests a client has in flight to one host", () => {
  it("is 16 of 200 at the beginning, and another one for each that ends", async () => {
    const { network, many } = createHeldWorld();
    const calls = many(200);
    for (let answered = 0; answered < 16; answered += 1) {
      await settled();
      expect(network.held).toHaveLength(16);
      network.held[0]?.answer(200);
    }
    for (; network.held.length > 0; await settled()) network.answerAll(200);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["resolved"]));
    expect(network.arrived).toBe(200);
  });

  it("grows while all is well, and never above 64", async () => {
    const { network, many } = createHeldWorld();
    const calls = many(3000);
    const most: number[] = [];
    for (await settled(); network.held.length > 0; await settled()) {
      most.push(network.held.length);
      network.answerAll(200);
    }
    await Promise.all(calls);
    expect(most.slice(0, 4)).toEqual([16, 17, 18, 19]);
    expect(Math.max(...most)).toBe(64);
  });

  it("grows by streams, too, which free their slots when their headers are there", async () => {
    const { network, http } = createHeldWorld();
    for (let count = 0; count < 40; count += 1) void http.stream({ method: "GET", url: heldUrl });
    await settled();
    expect(network.held).toHaveLength(16);
    network.answerAll(200, {}, "never read");
    await settled();
    expect(network.held).toHaveLength(17);
  });

  it("does not grow while it is not used up", async () => {
    const { network, many, probe } = createHeldWorld();
    for (let count = 0; count < 40; count += 1) {
      const calls = many(15);
      await settled();
      network.answerAll(200);
      await Promise.all(calls);
    }
    expect(await probe()).toBe(16);
  });

  it("halves once for all that fail together, and stops at 4", async () => {
    const { network, many, probe } = createHeldWorld();
    const through: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      through.push(await probe());
      const calls = many(through.at(-1) ?? 0, { method: "POST" });
      await settled();
      network.answerAll(500);
      await Promise.all(calls);
    }
    expect(through).toEqual([16, 8, 4, 4]);
  });

  it.each([408, 429, 499, 500, 502, 503, 504, 522])("halves after %i", async (status) => {
    const { network, many, probe } = createHeldWorld();
    const calls = many(16, { method: "POST" });
    await settled();
    network.answerAll(status);
    await Promise.all(calls);
    expect(await probe()).toBe(8);
  });

  it("halves after a 403 that means a rate limit", async () => {
    const { network, many, probe } = createHeldWorld();
    const calls = many(16, { method: "POST" });
    await settled();
    network.answerAll(403, {}, "You have exceeded a secondary rate limit.");
    await Promise.all(calls);
    expect(await probe()).toBe(8);
  });

  it.each([200, 304, 401, 403, 404, 405, 409, 501])("is left alone by %i", async (status) => {
    const { network, many, probe } = createHeldWorld();
    const calls = many(3, { method: "POST" });
    await settled();
    for (const request of [...network.held]) request.answer(status === 304 ? 204 : status);
    await Promise.all(calls);
    expect(await probe()).toBe(16);
  });

  it.each(["ECONNREFUSED", "ECONNRESET", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_SOCKET"])(
    "halves after %s",
    async (code) => {
      const { network, many, probe } = createHeldWorld({ retries: 0 });
      const calls = many(16);
      await settled();
      for (const request of [...network.held]) request.fail(code);
      await Promise.all(calls);
      expect(await probe()).toBe(8);
    },
  );

  it.each(["ENOTFOUND", "CERT_HAS_EXPIRED"])("is left alone by %s", async (code) => {
    const { network, many, probe } = createHeldWorld({ retries: 0 });
    const calls = many(16);
    await settled();
    for (const request of [...network.held]) request.fail(code);
    await Promise.all(calls);
    expect(await probe()).toBe(16);
  });

  it("halves after answers that do not come", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { many, probe } = createHeldWorld({ retries: 0 });
    const calls = many(16, { timeoutMs: 1000 });
    await settled();
    vi.advanceTimersByTime(1000);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["TIMEOUT"]));
    expect(await probe()).toBe(8);
  });

  it("is left alone by idle connections that were closed, but not when the next ones are closed, too", async () => {
    const { network, many, probe } = createHeldWorld();
    const first = many(1);
    await settled();
    network.answerAll(200);
    await Promise.all(first);
    void many(10);
    await settled();
    for (const request of [...network.held]) request.fail("ECONNRESET");
    await settled();
    expect(network.held).toHaveLength(10);
    expect(await probe()).toBe(6);
    for (const request of [...network.held]) request.fail("ECONNRESET");
    await settled();
    expect(await probe()).toBe(8);
  });

  it("is left alone by what the source of a body throws", async () => {
    const fetch = async (_url: string, { body }: { body?: unknown }) => {
      for await (const _chunk of (body ?? []) as AsyncIterable<Uint8Array>);
      return new Response(null);
    };
    const slow = createHeldWorld();
    let isBroken = true;
    const http = createHttpClient({
      fetch: (url, init) => (isBroken ? fetch(url, init) : slow.network.fetch(url, init)),
    });
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1);
      throw new BayplanError("UNAVAILABLE", "The other host is down.");
    }
    const upload = { method: "POST", url: heldUrl, body: () => broken() } as const;
    expect(await codeOf(http.request(upload))).toBe("UNAVAILABLE");
    isBroken = false;
    const control = new AbortController();
    const calls = Array.from({ length: 100 }, () =>
      codeOf(http.request({ method: "GET", url: heldUrl }, { signal: control.signal })),
    );
    await settled();
    expect(slow.network.held).toHaveLength(16);
    control.abort();
    await Promise.all(calls);
  });

  it("is its own for each host", async () => {
    const { network, many } = createHeldWorld();
    void many(50);
    const calls = many(16, { url: others });
    await settled();
    const there = network.held.filter(({ url }) => url === others);
    expect(there).toHaveLength(16);
    for (const request of there) request.answer(500);
    await settled();
    network.answerAll(200);
    await settled();
    expect(network.held.filter(({ url }) => url === heldUrl).length).toBeGreaterThanOrEqual(16);
    void calls;
  });

  it("can be chosen, within reason", async () => {
    const { probe } = createHeldWorld({ concurrency: { max: 3 } });
    expect(await probe()).toBe(3);
    for (const concurrency of [{ min: 0 }, { max: 2.5 }, { min: 8, max: 7 }, { initial: 5, max: 4 }]) {
      expect(await codeOf((async () => createHttpClient({ concurrency }))())).toBe("INVALID_INPUT");
    }
  });
});

describe("a request that waits for its turn", () => {
  it("is cancelled at once, sends nothing, and leaves its place", async () => {
    const { network, http, many } = createHeldWorld({ concurrency: { max: 1 } });
    const [first] = many(1);
    const control = new AbortController();
    const waiting = codeOf(http.request({ method: "GET", url: heldUrl }, { signal: control.signal }));
    const [next] = many(1, { url: `${heldUrl}next` });
    await settled();
    control.abort();
    expect(await waiting).toBe("CANCELLED");
    network.answerAll(200);
    expect(await first).toBe("resolved");
    await settled();
    expect(network.held.map(({ url }) => url)).toEqual([`${heldUrl}next`]);
    network.answerAll(200);
    expect(await next).toBe("resolved");
    expect(network.arrived).toBe(2);
  });

  it("sends nothing any more once it was cancelled, not even when its turn has just come", async () => {
    for (let microtasks = 0; microtasks < 60; microtasks += 1) {
      const { network, http, many } = createHeldWorld({ concurrency: { max: 1 } });
      const [first] = many(1);
      const control = new AbortController();
      const waiting = codeOf(http.request({ method: "GET", url: heldUrl }, { signal: control.signal }));
      await settled();
      network.answerAll(200);
      for (let count = 0; count < microtasks; count += 1) await undefined;
      const arrived = network.arrived;
      control.abort();
      expect([await first, await waiting]).toEqual(["resolved", "CANCELLED"]);
      expect(network.arrived).toBe(arrived);
      const [next] = many(1);
      await settled();
      network.answerAll(200);
      expect(await next).toBe("resolved");
    }
  });

  it("throws TIMEOUT when its whole time is over, without having been sent", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { network, many } = createHeldWorld({ concurrency: { max: 1 }, timeoutMs: 60_000 });
    void many(1);
    const [waiting] = many(1, { callTimeoutMs: 1000 });
    await settled();
    vi.advanceTimersByTime(1001);
    expect(await waiting).toBe("TIMEOUT");
    expect(network.arrived).toBe(1);
  });

  it("is not yet watched for standing still", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { network, many } = createHeldWorld({ concurrency: { max: 1 } });
    const [first] = many(1, { timeoutMs: 60_000 });
    const [waiting] = many(1, { timeoutMs: 1000 });
    await settled();
    vi.advanceTimersByTime(20_000);
    network.answerAll(200);
    await first;
    await settled();
    expect(network.held).toHaveLength(1);
    vi.advanceTimersByTime(999);
    network.answerAll(200);
    expect(await waiting).toBe("resolved");
  });

  it("gets CANCELLED when the client is closed, and so does one that would be sent again", async () => {
    const { network, clock, http, many } = createHeldWorld({ concurrency: { max: 1 } });
    const [first, waiting] = many(2);
    await settled();
    await http.close();
    expect(await waiting).toBe("CANCELLED");
    network.answerAll(503);
    await clock.advance(1000);
    expect(await first).toBe("CANCELLED");
    expect(network.arrived).toBe(1);
  });

  it("is not led to a further host by an answer that comes after that", async () => {
    const { network, http, many } = createHeldWorld();
    const [call] = many(1);
    await settled();
    await http.close();
    network.answerAll(307, { location: others });
    expect(await call).toBe("CANCELLED");
    expect(network.arrived).toBe(1);
  });

  it("lets others pass while it waits between two attempts", async () => {
    const { network, clock, many } = createHeldWorld({ concurrency: { max: 1 } });
    const [first, second] = many(2);
    await settled();
    network.answerAll(500);
    await settled();
    expect([network.held.length, clock.sleeping]).toEqual([1, 1]);
    network.answerAll(200);
    expect(await second).toBe("resolved");
    await clock.advance(100);
    network.answerAll(200);
    expect(await first).toBe("resolved");
  });
});
