import { describe, expect, it } from "vitest";
import { attemptInTitle, formatRunKey, isRunKey } from "./run-key.ts";

describe("run key", () => {
  it.each([
    ["bp-1.2", "bp-1", 2],
    ["Build numpy [bp-1.2] on main", "bp-1", 2],
    ["Build bp-1.2.", "bp-1", 2],
    ["key:bp-1.12", "bp-1", 12],
    ["Build bp-12.1", "bp-1", undefined],
    ["Build bp-1.2.1", "bp-1", undefined],
    ["Build bp-1.2.1", "bp-1.2", 1],
    ["Build cache/bp-1.1", "bp-1", undefined],
    ["Build xbp-1.1", "bp-1", undefined],
    ["Build bp-1.1x", "bp-1", undefined],
    ["Build bp-1.1-rc", "bp-1", undefined],
    ["Build bp-1.0", "bp-1", undefined],
    ["Build bp-1", "bp-1", undefined],
    ["Build bpx1.1", "bp.1", undefined],
    ["Build BP-1.1", "bp-1", undefined],
  ])("finds in %j the attempt of %s: %s", (title, key, attempt) => {
    expect(attemptInTitle(title, key)).toBe(attempt);
  });

  it.each(["", "-a", "a.", "a b", "a/b", "ä", "a".repeat(101)])("refuses the key %j", (key) => {
    expect(isRunKey(key)).toBe(false);
    expect(() => formatRunKey(key, 1)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses the attempt %s", (attempt) => {
    expect(() => formatRunKey("a", attempt)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("reads back what it wrote, and finds no other key in it", () => {
    const letters = ["a", "1", "-", ".", "_"];
    const words = letters.flatMap((first) =>
      letters.flatMap((second) => letters.map((third) => first + second + third)),
    );
    const keys = [...letters, ...words].filter(isRunKey);
    for (const key of keys) {
      const title = `Build [${formatRunKey(key, 12)}] now`;
      expect(keys.filter((other) => attemptInTitle(title, other) !== undefined)).toEqual([key]);
      expect(attemptInTitle(title, key)).toBe(12);
    }
  });
});
