import { instantFromMs } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { createHostPause } from "./host-gate-pause.ts";
import { createManualClock } from "./testing/manual-clock.ts";

describe("createHostPause", () => {
  it("lasts as long as was asked, and the longest one counts", async () => {
    const clock = createManualClock();
    const pause = createHostPause(clock);
    expect([pause.isOn, pause.remainingMs()]).toEqual([false, 0]);
    expect(pause.ask(2000, 429)).toBe(true);
    expect(pause.ask(1000, 503)).toBe(false);
    await clock.advance(500);
    expect([pause.isOn, pause.remainingMs(), pause.status]).toEqual([true, 1500, 429]);
    expect(pause.ask(3000, 503)).toBe(true);
    expect([pause.remainingMs(), pause.status, pause.askedMs]).toEqual([3000, 503, 3500]);
    await clock.advance(3000);
    expect([pause.remainingMs(), pause.isOn]).toEqual([0, false]);
    pause.ask(10, 429);
    expect([pause.askedMs, pause.status]).toEqual([3510, 429]);
  });

  it("is not made by a wait of nothing", () => {
    const pause = createHostPause(createManualClock());
    expect(pause.ask(0, 429)).toBe(false);
    expect(pause.isOn).toBe(false);
  });

  it("ends after an hour, whatever was asked", () => {
    const pause = createHostPause(createManualClock());
    pause.ask(999_999_999_000, 429);
    expect(pause.remainingMs()).toBe(3_600_000);
  });

  it("does not become longer when the clock is put back", () => {
    const clock = createManualClock();
    const pause = createHostPause(clock);
    pause.ask(2000, 429);
    clock.put(-86_400_000);
    expect(pause.remainingMs()).toBe(2000);
  });

  it("is slept through to its end, also when it becomes longer meanwhile", async () => {
    const clock = createManualClock();
    const pause = createHostPause(clock);
    pause.ask(2000, 429);
    let isOver = false;
    const asleep = pause.sleep({}).then(() => {
      isOver = true;
    });
    await clock.advance(1000);
    pause.ask(5000, 429);
    await clock.advance(4999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await asleep;
    expect(pause.isOn).toBe(false);
  });

  it("is over when it was slept through, also on a clock that stands still", async () => {
    const sleeps: number[] = [];
    const clock = { now: () => instantFromMs(0), sleep: async (durationMs: number) => void sleeps.push(durationMs) };
    const pause = createHostPause(clock);
    pause.ask(2000, 429);
    await pause.sleep({});
    expect([sleeps, pause.isOn]).toEqual([[2000], false]);
  });
});
