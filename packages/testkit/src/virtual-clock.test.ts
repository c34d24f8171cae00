import { instantToMs, parseInstant } from "@bayplan/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serve } from "./serve.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const start = parseInstant("2026-11-21T00:00:00Z");

describe("createVirtualClock", () => {
  it("stands still until it is advanced", async () => {
    const clock = createVirtualClock({ start });
    const woken: number[] = [];
    const sleeping = [300, 100, 200].map((ms) => clock.sleep(ms).then(() => woken.push(ms)));
    await clock.advance(99);
    expect(woken).toEqual([]);
    await clock.advance(101);
    expect(woken).toEqual([100, 200]);
    expect(clock.sleeping).toBe(1);
    expect(clock.now()).toBe("2026-11-21T00:00:00.200Z");
    await clock.advance(100);
    await Promise.all(sleeping);
  });

  it("wakes those that fall asleep on the way, each at its own time", async () => {
    const clock = createVirtualClock({ start });
    const seen: string[] = [];
    const loop = async (name: string, everyMs: number): Promise<void> => {
      for (let turn = 0; turn < 3; turn++) {
        await clock.sleep(everyMs);
        seen.push(`${name}${instantToMs(clock.now()) - instantToMs(start)}`);
      }
    };
    void loop("a", 20);
    void loop("b", 30);
    await clock.advance(100);
    expect(seen).toEqual(["a20", "b30", "a40", "b60", "a60", "b90"]);
    expect(clock.now()).toBe("2026-11-21T00:00:00.100Z");
  });

  it("jumps by itself when nothing else can run", async () => {
    const clock = createVirtualClock({ start, auto: true });
    const before = performance.now();
    const order: string[] = [];
    await Promise.all([
      clock.sleep(90 * 60_000).then(() => order.push("late")),
      clock.sleep(60_000).then(() => order.push("early")),
    ]);
    expect(order).toEqual(["early", "late"]);
    expect(clock.now()).toBe("2026-11-21T01:30:00Z");
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it("wakes in order whatever the durations", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5000), { maxLength: 12 }), async (durations) => {
        const clock = createVirtualClock({ start, auto: true });
        const woken: { ms: number; atMs: number }[] = [];
        await Promise.all(
          durations.map((ms) =>
            clock.sleep(ms).then(() => woken.push({ ms, atMs: instantToMs(clock.now()) - instantToMs(start) })),
          ),
        );
        expect(woken.map((one) => one.ms)).toEqual(durations.toSorted((left, right) => left - right));
        for (const { ms, atMs } of woken) expect(atMs).toBe(ms);
      }),
      { numRuns: 30 },
    );
  });

  it("does not jump while tracked I/O is under way", async () => {
    const clock = createVirtualClock({ start, auto: true });
    const served = await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return new Response("late");
    });
    try {
      let hasWoken = false;
      const asleep = clock.sleep(1000).then(() => {
        hasWoken = true;
      });
      const response = await clock.track(fetch(served.origin));
      expect(hasWoken).toBe(false);
      expect(clock.now()).toBe(start);
      await response.text();
      await asleep;
    } finally {
      await served.close();
    }
  });

  it("goes on after tracked I/O has failed", async () => {
    const clock = createVirtualClock({ start, auto: true });
    await expect(clock.track(Promise.reject(new Error("lost")))).rejects.toThrow("lost");
    await clock.sleep(1000);
    expect(clock.now()).toBe("2026-11-21T00:00:01Z");
  });

  it("ends a sleep with CANCELLED when the signal aborts, before or during it", async () => {
    const clock = createVirtualClock({ start });
    await expect(clock.sleep(1, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
    const abort = new AbortController();
    const asleep = clock.sleep(1000, { signal: abort.signal });
    abort.abort();
    await expect(asleep).rejects.toMatchObject({ code: "CANCELLED" });
    expect(clock.sleeping).toBe(0);
  });

  it("refuses a duration that is not a number, and treats the past as now", async () => {
    const clock = createVirtualClock({ start, auto: true });
    await expect(clock.sleep(Number.NaN)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await clock.sleep(-5);
    expect(clock.now()).toBe(start);
  });
});
