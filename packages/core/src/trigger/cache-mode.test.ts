import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { cacheModes, cacheUse, chooseCacheMode, withoutCacheWrite } from "./cache-mode.ts";
import { formatInputFlag, parseInputFlag } from "./input-flag.ts";

describe("cache modes", () => {
  it.each([
    ["isolated-fresh", { pull: true, noCache: true, read: false, write: false }],
    ["fresh-write", { pull: true, noCache: true, read: false, write: true }],
    ["read-write", { pull: false, noCache: false, read: true, write: true }],
    ["read-only", { pull: false, noCache: false, read: true, write: false }],
  ] as const)("%s", (mode, use) => {
    expect(cacheUse(mode)).toEqual(use);
  });

  it("takes away nothing but writing", () => {
    for (const mode of cacheModes) {
      expect(cacheUse(withoutCacheWrite(mode))).toEqual({ ...cacheUse(mode), write: false });
    }
  });

  it.each([
    [false, "unchanged", "read-only"],
    [false, "changed", "fresh-write"],
    [false, "unknown", "fresh-write"],
    [true, "unchanged", "fresh-write"],
  ] as const)("rebuild %s, files %s: %s", (rebuild, changes, mode) => {
    expect(chooseCacheMode({ rebuild, changes })).toBe(mode);
  });

  it("chooses between the modes it is given", () => {
    const choice = { fresh: "isolated-fresh", cached: "read-write" } as const;
    expect(chooseCacheMode({ rebuild: true, changes: "unchanged" }, choice)).toBe("isolated-fresh");
    expect(chooseCacheMode({ rebuild: false, changes: "unchanged" }, choice)).toBe("read-write");
  });
});

describe("switches as workflows pass them", () => {
  it.each([
    ["true", true, "true"],
    [true, true, "true"],
    ["false", false, "false"],
    [false, false, "false"],
    ["", undefined, ""],
    [null, undefined, ""],
    [undefined, undefined, ""],
  ])("%j is %j and written %j", (given, flag, text) => {
    expect(parseInputFlag(given, "x")).toBe(flag);
    expect(formatInputFlag(flag)).toBe(text);
  });

  it.each(["yes", "1", "True", 1, {}, " true"])("refuses %j", (given) => {
    expect(codeOf(() => parseInputFlag(given, "x"))).toBe("INVALID_INPUT");
  });
});
