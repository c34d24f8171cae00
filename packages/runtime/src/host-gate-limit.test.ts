import { isBayplanError } from "@bayplan/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConcurrency, createAdaptiveLimit } from "./host-gate-limit.ts";

const usual = { initial: 16, min: 4, max: 64 };

function succeed(limit: ReturnType<typeof createAdaptiveLimit>, count: number): void {
  for (let index = 0; index < count; index += 1) limit.succeeded(limit.window, true);
}

describe("createAdaptiveLimit", () => {
  it("grows by 1 for as many successes as it allows, up to its maximum", () => {
    const limit = createAdaptiveLimit(usual);
    succeed(limit, 15);
    expect(limit.current).toBe(16);
    succeed(limit, 1);
    expect(limit.current).toBe(17);
    succeed(limit, 16);
    expect(limit.current).toBe(17);
    succeed(limit, 1);
    expect(limit.current).toBe(18);
    succeed(limit, 10_000);
    expect(limit.current).toBe(64);
  });

  it("does not grow while it is not used up", () => {
    const limit = createAdaptiveLimit(usual);
    for (let index = 0; index < 1000; index += 1) limit.succeeded(limit.window, false);
    expect(limit.current).toBe(16);
  });

  it("halves once for all that were in flight, and again for those that began later, down to its minimum", () => {
    const limit = createAdaptiveLimit(usual);
    const began = limit.window;
    for (let index = 0; index < 16; index += 1) limit.failed(began);
    expect(limit.current).toBe(8);
    const sizes = [1, 2, 3].map(() => {
      limit.failed(limit.window);
      return limit.current;
    });
    expect(sizes).toEqual([4, 4, 4]);
  });

  it("learns nothing from the successes of those that began before the last decrease", () => {
    const limit = createAdaptiveLimit({ initial: 2, min: 1, max: 4 });
    const began = limit.window;
    limit.failed(began);
    for (let index = 0; index < 10; index += 1) limit.succeeded(began, true);
    expect(limit.current).toBe(1);
    limit.succeeded(limit.window, true);
    expect(limit.current).toBe(2);
  });

  it("begins to count anew after a decrease", () => {
    const limit = createAdaptiveLimit(usual);
    succeed(limit, 7);
    limit.failed(limit.window);
    succeed(limit, 7);
    expect(limit.current).toBe(8);
    succeed(limit, 1);
    expect(limit.current).toBe(9);
  });

  it("never leaves its bounds, whatever happens", () => {
    const event = fc.record({ good: fc.boolean(), saturated: fc.boolean(), lateBy: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), fc.nat(5), fc.nat(5), fc.nat(5), (events, low, middle, high) => {
        const bounds = { min: 1 + low, initial: 1 + low + middle, max: 1 + low + middle + high };
        const limit = createAdaptiveLimit(bounds);
        for (const { good, saturated, lateBy } of events) {
          const before = limit.current;
          if (good) limit.succeeded(limit.window - lateBy, saturated);
          else limit.failed(limit.window - lateBy);
          expect(limit.current).toBeGreaterThanOrEqual(bounds.min);
          expect(limit.current).toBeLessThanOrEqual(bounds.max);
          expect(limit.current - before).toBeLessThanOrEqual(good && saturated && lateBy === 0 ? 1 : 0);
          if (!good && lateBy === 0) expect(limit.current).toBe(Math.max(bounds.min, Math.floor(before / 2)));
        }
      }),
    );
  });
});

describe("checkConcurrency", () => {
  it.each([
    [{}, { initial: 16, min: 4, max: 64 }],
    [{ max: 8 }, { initial: 8, min: 4, max: 8 }],
    [{ max: 2 }, { initial: 2, min: 2, max: 2 }],
    [{ min: 20 }, { initial: 20, min: 20, max: 64 }],
    [{ min: 100 }, { initial: 100, min: 100, max: 100 }],
    [{ initial: 2 }, { initial: 2, min: 2, max: 64 }],
    [{ initial: 100 }, { initial: 100, min: 4, max: 100 }],
    [
      { initial: 5, min: 5, max: 5 },
      { initial: 5, min: 5, max: 5 },
    ],
  ])("completes %j", (given, expected) => {
    expect(checkConcurrency(given)).toEqual(expected);
  });

  it.each([
    { min: 0 },
    { min: -1 },
    { max: 0 },
    { initial: 1.5 },
    { initial: Number.NaN },
    { max: Number.POSITIVE_INFINITY },
    { min: 5, max: 4 },
    { initial: 3, min: 4 },
    { initial: 9, max: 8 },
  ])("refuses %j", (given) => {
    try {
      checkConcurrency(given);
      expect.unreachable();
    } catch (error) {
      expect(isBayplanError(error) && error.code).toBe("INVALID_INPUT");
    }
  });
});
