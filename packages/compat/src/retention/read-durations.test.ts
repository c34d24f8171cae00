import { describe, expect, it } from "vitest";
import { goDurationMs } from "./go-duration.ts";
import { humanIntervalMs } from "./human-interval.ts";
import { humantimeMs } from "./humantime.ts";

const [hour, day] = [3_600_000, 86_400_000];

describe("durations of others", () => {
  it.each([
    ["7 days", 7 * day],
    ["1 year", 365 * day],
    ["month", 30 * day],
    ["1 week and 2 days", 9 * day],
    ["1.5 hours", 1.5 * hour],
    ["three days", 3 * day],
    ["30", undefined],
    ["soon", undefined],
    ["several days", 0],
    ["a week", 0],
    ["twenty-five minutes", 25 * 60_000],
    ["one hundred and five days", 105 * day],
    ["two million seconds", 2e9],
    ["two thousand days", 2 * day],
    ["hundred days", 100 * day],
    ["1 Day", undefined],
  ])("human-interval: %s", (text, expected) => expect(humanIntervalMs(text)).toBe(expected));

  it.each([
    ["1month", 2_630_016_000],
    ["1y", 31_557_600_000],
    ["2w 3days", 17 * day],
    ["90 m", 1.5 * hour],
    ["1.5h", 1.5 * hour],
    ["0", 0],
    ["2M", 2 * 2_630_016_000],
    ["5", undefined],
    ["1 fortnight", undefined],
    ["-1d", undefined],
    ["", undefined],
  ])("humantime: %s", (text, expected) => expect(humantimeMs(text)).toBe(expected));

  it.each([
    ["1h30m", 1.5 * hour],
    ["1ms", 1],
    [".5s", 500],
    ["+1μs", 0.001],
    ["0", 0],
    ["7d", undefined],
    ["1h 1m", undefined],
    ["-1h", undefined],
  ])("Go: %s", (text, expected) => expect(goDurationMs(text)).toBe(expected));
});
