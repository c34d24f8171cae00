import fc from "fast-check";
import { expect, it } from "vitest";
import { parseGoDuration } from "./go-duration.ts";
import { retryAfterInBody, saysRateLimit } from "./retry-after-body.ts";

it.each([
  ["10.305464ms", 10.305464],
  ["880.092\u00b5s", 0.880092],
  ["880.092\u03bcs", 0.880092],
  ["880.092us", 0.880092],
  ["1m2s", 62_000],
  ["1h0m0.5s", 3_600_500],
  ["500ns", 0.0005],
  ["", undefined],
  ["10", undefined],
  ["-1s", undefined],
  ["1.s", undefined],
  ["1m2", undefined],
  ["soon", undefined],
])("the Go duration %j is %s ms", (text, expected) => {
  const found = parseGoDuration(text);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toBeCloseTo(expected, 9);
});

it.each([
  ["retry-after: 10.305464ms, allowed: 2000/minute", 50],
  ['{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 880.092\u00b5s, allowed: 44000/minute"}]}', 50],
  ["Retry-After: 1m2s.", 62_000],
  ["retry-after: 75.2ms", 76],
  ["retry-after: never", undefined],
  ["try again later", undefined],
  [`${" ".repeat(5000)}retry-after: 1s`, undefined],
])("the body %j asks for %s ms", (text, expected) => {
  expect(retryAfterInBody(Buffer.from(text))).toBe(expected);
});

it("knows a rate limit by its words", () => {
  const says = (text: string) => saysRateLimit(Buffer.from(text));
  expect(says("You have exceeded a secondary rate limit.")).toBe(true);
  expect(says("TOOMANYREQUESTS")).toBe(true);
  expect(says("denied")).toBe(false);
  expect(saysRateLimit(undefined)).toBe(false);
});

it("reads any text without throwing, and never asks for less than 50 ms", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(retryAfterInBody(Buffer.from(`retry-after: ${text}`)) ?? 50).toBeGreaterThanOrEqual(50);
    }),
  );
});
