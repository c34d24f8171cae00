import { parseInstant } from "@bayplan/core";
import { expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = parseInstant("2026-11-21T02:00:00Z");

it.each([
  [undefined, undefined],
  ["", undefined],
  ["0", 0],
  [" 120 ", 120_000],
  ["1.5", 1_500],
  ["-1", undefined],
  ["soon", undefined],
  ["2026", 2_026_000],
  ["Sat, 21 Nov 2026 02:01:00 GMT", 60_000],
  ["Saturday, 21-Nov-26 02:01:00 GMT", 60_000],
  ["Sat, 21 Nov 2026 01:00:00 GMT", 0],
  ["Sat, 99 Nov 2026 01:00:00 GMT", undefined],
])("Retry-After %j means %s ms", (value, expected) => {
  expect(parseRetryAfter(value, now)).toBe(expected);
});
