import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addMs, instantToMs, parseInstant } from "../instant.ts";
import { backoffHours, retryAt, retryQueue } from "./retry-queue.ts";

const now = parseInstant("2026-11-21T12:00:00Z");
const hoursAgo = (hours: number) => addMs(now, -hours * 3_600_000);

describe("retryQueue", () => {
  it("starts the first and the second attempt at once, and lets every further one wait longer", () => {
    const waits = Array.from({ length: 10 }, (_, attempts) => {
      const until = retryAt({ attempts, lastAt: now });
      return until === undefined ? 0 : (instantToMs(until) - instantToMs(now)) / 3_600_000;
    });
    expect(waits).toEqual([0, 0, 1, 2, 4, 8, 16, 32, 32, 32]);
  });

  it("leaves out what must wait, to the millisecond, and lets what fails sink", () => {
    const past = {
      twice: { attempts: 2, lastAt: hoursAgo(1) },
      early: { attempts: 2, lastAt: addMs(hoursAgo(1), 1) },
      fresh: { attempts: 0 },
      once: { attempts: 1, lastAt: now },
      unknown: { attempts: 9 },
      other: { attempts: 0 },
    };
    const attemptsOf = (build: keyof typeof past) => past[build];
    expect(retryQueue(Object.keys(past) as (keyof typeof past)[], { now, attemptsOf })).toEqual({
      queue: ["fresh", "other", "once", "twice", "unknown"],
      waiting: [{ build: "early", until: addMs(now, 1) }],
    });
  });

  it("takes other hours; without any, nothing waits", () => {
    const past = { attempts: 3, lastAt: hoursAgo(1) };
    expect(retryAt(past, [1, 3])).toBe(addMs(now, 2 * 3_600_000));
    expect(retryAt(past, [])).toBeUndefined();
  });

  it("loses no build, keeps the order among equals and is patient for no longer than the last hours", () => {
    const build = fc.record({ attempts: fc.nat(12), hours: fc.option(fc.nat(40), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(build), (builds) => {
        const attemptsOf = ({ attempts, hours }: (typeof builds)[number]) =>
          hours === undefined ? { attempts } : { attempts, lastAt: hoursAgo(hours) };
        const { queue, waiting } = retryQueue(builds, { now, attemptsOf });
        expect(new Set([...queue, ...waiting.map((each) => each.build)])).toEqual(new Set(builds));
        const places = queue.map((each) => builds.indexOf(each));
        for (const [index, each] of queue.entries()) {
          const next = queue[index + 1];
          if (next === undefined) break;
          expect(each.attempts).toBeLessThanOrEqual(next.attempts);
          if (each.attempts === next.attempts) expect(places[index]).toBeLessThan(places[index + 1] ?? 0);
        }
        for (const { until } of waiting) {
          expect(instantToMs(until)).toBeGreaterThan(instantToMs(now));
          expect(instantToMs(until)).toBeLessThanOrEqual(instantToMs(now) + (backoffHours.at(-1) ?? 0) * 3_600_000);
        }
      }),
    );
  });
});
