import { isBayplanError } from "@bayplan/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHeldWorld, heldUrl } from "./testing/held-world.ts";
import { settled } from "./testing/manual-clock.ts";

const other = "https://other.example/";
const afterTwoSeconds = { "retry-after": "2" };

afterEach(() => {
  vi.useRealTimers();
});

describe("a host that asks to wait", () => {
  it("is left alone by all 50 callers until then, instead of refusing each of them", async () => {
    const { network, clock, many } = createHeldWorld();
    const calls = many(50);
    await settled();
    network.held[0]?.answer(429, afterTwoSeconds);
    await settled();
    network.answerAll(200);
    await clock.advance(1999);
    expect([network.arrived, network.held.length]).toEqual([16, 0]);
    await clock.advance(1);
    // The gate opens, but only half as far.
    expect(network.held).toHaveLength(8);
    for (; network.held.length > 0; await settled()) network.answerAll(200);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["resolved"]));
    expect([network.arrived, clock.sleeping]).toEqual([51, 0]);
  });

  it.each([
    ["seconds", 429, { "retry-after": "2" }, ""],
    ["a date", 429, { "retry-after": "Sat, 21 Nov 2026 02:00:02 GMT" }, ""],
    ["a Go duration in the text", 429, {}, "retry-after: 2s, allowed: 2000/minute"],
    ["seconds", 503, { "retry-after": "2" }, ""],
    ["a Go duration in a rate limit", 403, {}, "You have exceeded a secondary rate limit. retry-after: 2s"],
    ["seconds in a rate limit", 403, { "retry-after": "2" }, "You have exceeded a secondary rate limit."],
  ])("may ask in %s, with %i", async (_kind, status, headers, text) => {
    const { network, clock, many } = createHeldWorld();
    const [first] = many(1);
    await settled();
    network.answerAll(status, headers, text);
    await settled();
    const [late] = many(1, { url: `${heldUrl}late` });
    await clock.advance(1999);
    expect(network.arrived).toBe(1);
    await clock.advance(1);
    expect(network.held.map(({ url }) => url).sort()).toEqual([heldUrl, `${heldUrl}late`]);
    network.answerAll(200);
    expect([await first, await late]).toEqual(["resolved", "resolved"]);
  });

  it.each([408, 500, 502, 504])("asks only the call itself with %i", async (status) => {
    const { network, clock, many } = createHeldWorld();
    const [first] = many(1);
    await settled();
    network.answerAll(status, afterTwoSeconds);
    await settled();
    const [late] = many(1);
    await settled();
    expect(network.held).toHaveLength(1);
    network.answerAll(200);
    expect(await late).toBe("resolved");
    await clock.advance(2000);
    network.answerAll(200);
    expect(await first).toBe("resolved");
  });

  it("asks nobody with a 403 that is no rate limit", async () => {
    const { network, many } = createHeldWorld();
    const calls = many(1);
    await settled();
    network.answerAll(403, afterTwoSeconds, "denied");
    await Promise.all(calls);
    void many(1);
    await settled();
    expect(network.held).toHaveLength(1);
  });

  it("is waited for also by requests that are never repeated, and may be told so by one of them", async () => {
    const { network, clock, many } = createHeldWorld();
    const post = { method: "POST" } as const;
    const calls = many(1, post);
    await settled();
    network.answerAll(429, afterTwoSeconds);
    expect(await Promise.all(calls)).toEqual(["resolved"]);
    const [late] = many(1, post);
    await clock.advance(1999);
    expect(network.arrived).toBe(1);
    await clock.advance(1);
    network.answerAll(202);
    expect(await late).toBe("resolved");
  });

  it("is waited for until the latest time that it named", async () => {
    const { network, clock, many } = createHeldWorld();
    void many(2);
    await settled();
    network.held[0]?.answer(429, { "retry-after": "5" });
    await clock.advance(1000);
    network.held[0]?.answer(429, { "retry-after": "1" });
    await clock.advance(3999);
    expect(network.arrived).toBe(2);
    await clock.advance(1);
    expect(network.arrived).toBe(4);
  });

  it("does not stop those that speak to other hosts", async () => {
    const { network, many } = createHeldWorld();
    void many(100);
    await settled();
    network.held[0]?.answer(429, { "retry-after": "60" });
    await settled();
    const before = network.arrived;
    const calls = many(16, { url: other });
    await settled();
    expect(network.arrived).toBe(before + 16);
    for (const request of [...network.held]) if (request.url === other) request.answer(200);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["resolved"]));
  });

  it("is forgotten when it answers well again", async () => {
    const { network, clock, many } = createHeldWorld();
    const calls = many(1);
    await settled();
    network.answerAll(429, afterTwoSeconds);
    await clock.advance(2000);
    network.answerAll(200);
    await Promise.all(calls);
    const [next] = many(1);
    await settled();
    network.answerAll(200);
    expect(await next).toBe("resolved");
    expect([network.arrived, clock.sleeping]).toEqual([3, 0]);
  });

  it("lets a waiting call be cancelled at once", async () => {
    const { network, clock, http } = createHeldWorld();
    const get = (signal?: AbortSignal) =>
      http
        .request({ method: "GET", url: heldUrl }, signal === undefined ? {} : { signal })
        .catch((error) => error.code);
    const control = new AbortController();
    const calls = [get(control.signal)];
    await settled();
    network.answerAll(429, { "retry-after": "60" });
    await settled();
    calls.push(get(control.signal));
    await settled();
    expect(clock.sleeping).toBe(2);
    control.abort();
    expect(await Promise.all(calls)).toEqual(["CANCELLED", "CANCELLED"]);
    await settled();
    expect([clock.sleeping, network.arrived]).toEqual([0, 1]);
  });
});

describe("a host that asks to wait for too long", () => {
  it.each([
    [429, "", "RATE_LIMITED"],
    [503, "", "UNAVAILABLE"],
    [403, "secondary rate limit", "RATE_LIMITED"],
  ])("refuses everybody by one %i, and gets no further request", async (status, text, code) => {
    const { network, clock, http, many } = createHeldWorld();
    const calls = many(50);
    await settled();
    network.held[0]?.answer(status, { "retry-after": "61" }, text);
    await settled();
    const late = await http.request({ method: "POST", url: heldUrl }).catch((error: unknown) => error);
    expect(isBayplanError(late) && [late.code, late.retryAfterMs]).toEqual([code, 61_000]);
    expect([network.arrived, network.held.length, clock.sleeping]).toEqual([16, 15, 0]);
    network.answerAll(200);
    const ends = await Promise.all(calls);
    expect(ends.filter((end) => end === "resolved")).toHaveLength(15);
    expect(ends.filter((end) => end === code)).toHaveLength(35);
  });

  it("is waited for again when the rest is short enough", async () => {
    const { network, clock, many } = createHeldWorld();
    const calls = many(1);
    await settled();
    network.answerAll(429, { "retry-after": "61" });
    expect(await Promise.all(calls)).toEqual(["RATE_LIMITED"]);
    await clock.advance(999);
    expect(await Promise.all(many(1))).toEqual(["RATE_LIMITED"]);
    await clock.advance(1);
    const [patient] = many(1);
    await clock.advance(60_000);
    network.answerAll(200);
    expect(await patient).toBe("resolved");
    expect(network.arrived).toBe(2);
  });

  it("refuses at once whose own time ends first, and counts the waiting of the others", async () => {
    const { network, clock, many } = createHeldWorld();
    void many(1);
    await settled();
    network.answerAll(429, { "retry-after": "30" });
    await settled();
    expect(await Promise.all(many(1, { callTimeoutMs: 30_000 }))).toEqual(["RATE_LIMITED"]);
    const [hurried] = many(1, { url: `${heldUrl}hurried`, callTimeoutMs: 40_000 });
    await clock.advance(30_000);
    const again = network.held.find(({ url }) => url.endsWith("hurried"));
    again?.answer(429, { "retry-after": "10" });
    // 30 of its 40 seconds are over, so it is not worth another 10.
    expect(await hurried).toBe("resolved");
    expect(network.arrived).toBe(3);
  });
});

it("counts what a call has waited already when the host asks for more", async () => {
  const { network, clock, many } = createHeldWorld();
  void many(2);
  await settled();
  network.held[0]?.answer(429, { "retry-after": "30" });
  await settled();
  const [hurried] = many(1, { callTimeoutMs: 40_000 });
  await clock.advance(20_000);
  network.held[0]?.answer(429, { "retry-after": "21" });
  expect(await hurried).toBe("RATE_LIMITED");
  expect(network.arrived).toBe(2);
});

describe("a redirect to another host", () => {
  const there = { location: other };

  it("passes the gate of that host, without a slot of the first one", async () => {
    const { network, many } = createHeldWorld({ concurrency: { max: 1 } });
    const [redirected] = many(1);
    void many(1, { url: `${other}busy` });
    await settled();
    network.held.find(({ url }) => url === heldUrl)?.answer(307, there);
    await settled();
    expect(network.held.map(({ url }) => url)).toEqual([`${other}busy`]);
    const [meanwhile] = many(1, { url: `${heldUrl}meanwhile` });
    await settled();
    network.held.find(({ url }) => url === `${heldUrl}meanwhile`)?.answer(200);
    expect(await meanwhile).toBe("resolved");
    network.held[0]?.answer(200);
    await settled();
    expect(network.held.map(({ url }) => url)).toEqual([other]);
    network.held[0]?.answer(200);
    expect(await redirected).toBe("resolved");
  });

  it("does not let two hosts that redirect to each other wait for each other", async () => {
    const { network, many } = createHeldWorld({ concurrency: { max: 1 } });
    const calls = [...many(3), ...many(3, { url: other })];
    for (await settled(); network.held.length > 0; await settled()) {
      for (const request of [...network.held]) {
        const isFirstHop = !request.url.includes("hop");
        const location = `${request.url === heldUrl ? other : heldUrl}hop`;
        if (isFirstHop) request.answer(302, { location });
        else request.answer(200);
      }
    }
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["resolved"]));
    expect(network.arrived).toBe(12);
  });

  it("is refused by the host that it leads to, not by the one that it comes from", async () => {
    const { network, clock, many } = createHeldWorld();
    const [redirected] = many(1);
    await settled();
    network.answerAll(307, there);
    await settled();
    network.answerAll(429, afterTwoSeconds);
    await settled();
    void many(1, { url: `${heldUrl}direct` });
    const [late] = many(1, { url: `${other}late` });
    await settled();
    expect(network.held.map(({ url }) => url)).toEqual([`${heldUrl}direct`]);
    await clock.advance(2000);
    expect(network.held.map(({ url }) => url).sort()).toEqual([heldUrl, `${heldUrl}direct`, `${other}late`].sort());
    for (const request of [...network.held]) {
      if (request.url === heldUrl) request.answer(307, there);
      else request.answer(200);
    }
    expect(await late).toBe("resolved");
    await settled();
    network.answerAll(200);
    expect(await redirected).toBe("resolved");
  });

  it("is not followed, and the request not repeated, when that host asks for too long a wait", async () => {
    const { network, clock, many } = createHeldWorld();
    void many(1, { url: other });
    await settled();
    network.answerAll(503, { "retry-after": "61" });
    await settled();
    const [redirected] = many(1);
    await settled();
    network.answerAll(307, there);
    expect(await redirected).toBe("UNAVAILABLE");
    expect([network.arrived, clock.sleeping]).toEqual([2, 0]);
  });

  it("waits at that gate no longer than its own time, watched by nobody else", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { network, many } = createHeldWorld({ concurrency: { max: 1 }, retries: 0 });
    void many(1, { url: other, timeoutMs: 60_000 });
    await settled();
    const [hurried, patient] = [
      ...many(1, { url: `${heldUrl}1`, callTimeoutMs: 10_000, timeoutMs: 1000 }),
      ...many(1, { url: `${heldUrl}2`, timeoutMs: 1000 }),
    ];
    for (const path of ["1", "2"]) {
      await settled();
      network.held.find(({ url }) => url === heldUrl + path)?.answer(307, { location: other + path });
    }
    await settled();
    vi.advanceTimersByTime(10_001);
    expect(await hurried).toBe("TIMEOUT");
    expect(network.arrived).toBe(3);
    network.answerAll(200);
    await settled();
    expect(network.held.map(({ url }) => url)).toEqual([`${other}2`]);
    // Now it is on the wire, and watched again.
    vi.advanceTimersByTime(1000);
    expect(await patient).toBe("TIMEOUT");
  });
});
