import { type BayplanErrorCode, isBayplanError } from "@bayplan/core";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHostGate, type HostGate, type HostOutcome } from "./host-gate.ts";
import { createManualClock, type ManualClock, settled } from "./testing/manual-clock.ts";

function createWorld(concurrency = { initial: 1, min: 1, max: 1 }) {
  const clock = createManualClock();
  const gate = createHostGate("host.example", { concurrency, maxRetryAfterMs: 60_000, clock });
  return { clock, gate };
}

/** Somebody at the gate. */
interface Caller {
  readonly waits: number[];
  state: "waiting" | "inside" | "gone" | BayplanErrorCode;
  retryAfterMs: number | undefined;
  cancel(): void;
  leave(outcome?: HostOutcome): void;
}

function come(gate: HostGate, { slots = 1 as 0 | 1, leftMs = 120_000 } = {}): Caller {
  const control = new AbortController();
  const waits: number[] = [];
  let began = 0;
  const caller: Caller = {
    waits,
    state: "waiting",
    retryAfterMs: undefined,
    cancel: () => control.abort("enough"),
    leave(outcome = "good") {
      caller.state = "gone";
      gate.leave(slots, began, outcome);
    },
  };
  const enter = () => {
    caller.state = "inside";
    began = gate.window;
  };
  const wait = {
    leftMs: (alsoWaitedMs = 0) => leftMs - waits.reduce((sum, one) => sum + one, 0) - alsoWaitedMs,
    waited: (durationMs: number) => void waits.push(durationMs),
    doing: () => "GET https://host.example/",
    signal: control.signal,
  };
  if (gate.tryEnter(slots)) enter();
  else
    gate.enter(slots, wait).then(enter, (error: unknown) => {
      if (!isBayplanError(error)) throw error;
      caller.state = error.code;
      caller.retryAfterMs = error.retryAfterMs;
    });
  return caller;
}

afterEach(() => {
  vi.useRealTimers();
});

const states = (callers: readonly Caller[]) => callers.map(({ state }) => state);

describe("createHostGate", () => {
  it("lets in who comes while there is room, the others in their turn", async () => {
    const { gate } = createWorld({ initial: 2, min: 1, max: 2 });
    const callers = [1, 2, 3, 4].map(() => come(gate));
    expect(states(callers)).toEqual(["inside", "inside", "waiting", "waiting"]);
    callers[1]?.leave();
    await settled();
    expect(states(callers)).toEqual(["inside", "gone", "inside", "waiting"]);
    callers[0]?.leave();
    // Nobody overtakes, not even at the very moment in which a slot becomes free.
    const late = come(gate);
    await settled();
    expect(states([...callers, late])).toEqual(["gone", "gone", "inside", "inside", "waiting"]);
  });

  it("lets those without a slot pass in their turn, and counts them nowhere", async () => {
    const { gate } = createWorld();
    const callers = [come(gate), come(gate, { slots: 0 }), come(gate, { slots: 0 }), come(gate), come(gate)];
    callers[0]?.leave();
    await settled();
    expect(states(callers)).toEqual(["gone", "inside", "inside", "inside", "waiting"]);
    expect(gate.inFlight).toBe(1);
    callers[1]?.leave();
    await settled();
    expect([gate.inFlight, gate.waiting]).toEqual([1, 1]);
  });

  it("frees the place of who cancels, at once", async () => {
    const { gate } = createWorld();
    const callers = [1, 2, 3].map(() => come(gate));
    callers[1]?.cancel();
    await settled();
    expect([...states(callers), gate.waiting]).toEqual(["inside", "CANCELLED", "waiting", 1]);
    callers[0]?.leave();
    await settled();
    expect(states(callers)).toEqual(["gone", "CANCELLED", "inside"]);
  });

  it("leaves no timer behind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { gate } = createWorld();
    const callers = [1, 2, 3, 4].map(() => come(gate));
    expect(vi.getTimerCount()).toBe(3);
    callers[0]?.leave();
    callers[2]?.cancel();
    await settled();
    expect([states(callers), vi.getTimerCount()]).toEqual([["gone", "inside", "CANCELLED", "waiting"], 1]);
    gate.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sleeps again when the host asks for more just as it wakes", async () => {
    for (let microtasks = 0; microtasks < 10; microtasks += 1) {
      const wakes: (() => void)[] = [];
      const sleep = () => new Promise<void>((resolve) => wakes.push(resolve));
      const clock: ManualClock = { ...createManualClock(), sleep };
      const gate = createHostGate("h", { concurrency: { initial: 1, min: 1, max: 1 }, maxRetryAfterMs: 60_000, clock });
      gate.pause(2000, 429);
      const callers = [come(gate), come(gate)];
      await settled();
      wakes[0]?.();
      for (let count = 0; count < microtasks; count += 1) await undefined;
      gate.pause(4000, 429);
      await settled();
      wakes[1]?.();
      await settled();
      callers[0]?.leave();
      await settled();
      expect(states(callers)).toEqual(["gone", "inside"]);
    }
  });

  it("admits nobody during a pause, and all that fit at its end", async () => {
    const { gate, clock } = createWorld({ initial: 4, min: 2, max: 4 });
    const first = come(gate);
    gate.pause(2000, 429);
    first.leave("overloaded");
    const callers = [1, 2, 3].map(() => come(gate));
    await clock.advance(1999);
    expect(states(callers)).toEqual(["waiting", "waiting", "waiting"]);
    expect(clock.sleeping).toBe(1);
    await clock.advance(1);
    expect(states(callers)).toEqual(["inside", "inside", "waiting"]);
    expect(callers[0]?.waits).toEqual([2000]);
  });

  it("counts the rest of a pause for who comes in the middle, and what it becomes longer by for all", async () => {
    const { gate, clock } = createWorld({ initial: 4, min: 4, max: 4 });
    gate.pause(2000, 429);
    const early = come(gate);
    await clock.advance(500);
    const late = come(gate);
    gate.pause(4500, 429);
    await clock.advance(4500);
    expect([early.waits, late.waits]).toEqual([[5000], [4500]]);
  });

  it("lets nobody overtake who waits for the end of a pause that is over already", async () => {
    const { gate, clock } = createWorld();
    gate.pause(2000, 429);
    const callers = [come(gate)];
    // The computer's clock was put forward: by it the pause is over, though nobody has slept that long.
    clock.put(2000);
    callers.push(come(gate));
    await settled();
    expect(states(callers)).toEqual(["inside", "waiting"]);
    expect(clock.sleeping).toBe(0);
  });

  it("sleeps for nobody", async () => {
    const { gate, clock } = createWorld();
    gate.pause(2000, 429);
    await settled();
    expect(clock.sleeping).toBe(0);
    const [one, other] = [come(gate), come(gate)];
    await settled();
    expect(clock.sleeping).toBe(1);
    one.cancel();
    await settled();
    expect(clock.sleeping).toBe(1);
    other.cancel();
    await settled();
    expect(clock.sleeping).toBe(0);
    const next = come(gate);
    await clock.advance(2000);
    expect(next.state).toBe("inside");
  });

  it.each([
    [429, "RATE_LIMITED"],
    [403, "RATE_LIMITED"],
    [503, "UNAVAILABLE"],
  ])("refuses everybody at once when a %i asked for a pause that is too long", async (status, code) => {
    const { gate, clock } = createWorld();
    const inside = come(gate);
    const waiting = [come(gate), come(gate)];
    gate.pause(60_001, status);
    const late = come(gate);
    await settled();
    expect(states([...waiting, late])).toEqual([code, code, code]);
    expect(late.retryAfterMs).toBe(60_001);
    expect([inside.state, gate.waiting, clock.sleeping]).toEqual(["inside", 0, 0]);
    await clock.advance(1);
    const patient = come(gate, { leftMs: 70_000 });
    inside.leave();
    await clock.advance(60_000);
    expect(patient.state).toBe("inside");
  });

  it("refuses at once whose own time ends before the pause, and who has waited too long already", async () => {
    const { gate, clock } = createWorld();
    gate.pause(10_000, 429);
    const [short, long] = [come(gate, { leftMs: 10_000 }), come(gate, { leftMs: 10_001 })];
    const patient = come(gate, { leftMs: 30_000 });
    await clock.advance(9000);
    expect(states([short, long, patient])).toEqual(["RATE_LIMITED", "waiting", "waiting"]);
    gate.pause(2000, 429);
    await settled();
    expect(states([long, patient])).toEqual(["RATE_LIMITED", "waiting"]);
    gate.pause(21_000, 429);
    await settled();
    expect(patient.state).toBe("RATE_LIMITED");
  });

  it("ends the waiting of all when it is closed", async () => {
    const { gate, clock } = createWorld();
    gate.pause(2000, 429);
    const callers = [come(gate), come(gate)];
    gate.close();
    callers.push(come(gate));
    await settled();
    expect(states(callers)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
    expect([gate.waiting, clock.sleeping]).toEqual([0, 0]);
  });

  it("tells those who wait when the clock fails", async () => {
    const clock: ManualClock = { ...createManualClock(), sleep: () => Promise.reject(new Error("broken")) };
    const gate = createHostGate("h", { concurrency: { initial: 1, min: 1, max: 1 }, maxRetryAfterMs: 60_000, clock });
    gate.pause(2000, 429);
    const wait = { leftMs: () => 120_000, waited: () => {}, doing: () => "GET", signal: undefined };
    await expect(gate.enter(1, wait)).rejects.toThrow("broken");
    expect(gate.waiting).toBe(0);
  });

  it("never admits more than its limit, keeps the order, and forgets nobody, whatever happens", async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("come" as const), slots: fc.constantFrom(0, 1, 1, 1) }) },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("leave" as const),
          which: fc.nat(),
          outcome: fc.constantFrom<HostOutcome>("good", "good", "overloaded", "unknown"),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat() }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("pause" as const), ms: fc.integer({ min: 1, max: 3000 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(2000) }) },
    );
    const bounds = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(3), fc.nat(3));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), bounds, async (steps, [min, middle, high]) => {
        const concurrency = { min, initial: min + middle, max: min + middle + high };
        const { gate, clock } = createWorld(concurrency);
        const callers: Caller[] = [];
        const inside = () => callers.filter(({ state }) => state === "inside");
        const check = (before: number) => {
          expect(gate.limit).toBeGreaterThanOrEqual(concurrency.min);
          expect(gate.limit).toBeLessThanOrEqual(concurrency.max);
          // A decrease leaves those that are in flight alone; but nobody enters above the limit.
          expect(gate.inFlight).toBeLessThanOrEqual(Math.max(gate.limit, before));
          expect(gate.waiting).toBe(callers.filter(({ state }) => state === "waiting").length);
          const firstWaiting = callers.findIndex(({ state }) => state === "waiting");
          if (firstWaiting >= 0)
            expect(callers.findLastIndex(({ state }) => state === "inside")).toBeLessThan(firstWaiting);
        };
        for (const one of steps) {
          const before = gate.inFlight;
          if (one.kind === "come") callers.push(come(gate, { slots: one.slots as 0 | 1, leftMs: 1_000_000 }));
          else if (one.kind === "leave") inside()[one.which % inside().length]?.leave(one.outcome);
          else if (one.kind === "cancel") callers[one.which % callers.length]?.cancel();
          else if (one.kind === "pause") gate.pause(one.ms, 429);
          else await clock.advance(one.ms);
          await settled();
          check(before);
        }
        await clock.advance(3000);
        for (let round = 0; round <= callers.length && gate.waiting + gate.inFlight > 0; round += 1) {
          for (const caller of inside()) caller.leave();
          await settled();
        }
        for (const caller of inside()) caller.leave();
        expect(callers.filter(({ state }) => state !== "gone" && state !== "CANCELLED")).toEqual([]);
        expect([gate.inFlight, gate.waiting, clock.sleeping]).toEqual([0, 0, 0]);
      }),
      { numRuns: 150 },
    );
  });
});
