import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addMs, instantFromMs, instantToMs, isInstant, parseInstant } from "./instant.ts";
import { codeOf } from "./testing/code-of.ts";

describe("parseInstant", () => {
  it.each([
    ["2026-11-21T02:00:00Z", "2026-11-21T02:00:00Z"],
    ["2026-11-21T02:00:00.000Z", "2026-11-21T02:00:00Z"],
    ["2026-11-21T02:00:00.5Z", "2026-11-21T02:00:00.500Z"],
    ["2026-11-21T02:00:00+02:00", "2026-11-21T00:00:00Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
  ])("normalises %s", (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  it.each(["", "2026-11-21", "2026-11-21T02:00:00", "2026-13-01T00:00:00Z", "2026-11-21T25:00:00Z", "21.11.2026", "0"])(
    "refuses %j",
    (text) => {
      expect(isInstant(text)).toBe(false);
      expect(codeOf(() => parseInstant(text))).toBe("INVALID_INPUT");
    },
  );

  it("comes back from milliseconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -1e11, max: 1e11 }), (ms, more) => {
        expect(instantToMs(parseInstant(instantFromMs(ms)))).toBe(ms);
        expect(instantToMs(addMs(instantFromMs(ms), more))).toBe(ms + more);
      }),
    );
  });
});
