import { describe, expect, it } from "vitest";
import { boundedMatch } from "./bounded-match.ts";

describe("boundedMatch", () => {
  it("gives what match gives", () => {
    expect(boundedMatch("v1.2", "v(\\d)")?.slice()).toEqual(["v1", "1"]);
    expect(boundedMatch("V1.2", "\\d", { flags: "g" })?.slice()).toEqual(["1", "2"]);
    expect(boundedMatch("x", "y")).toBeNull();
  });

  it("refuses an expression that is none, and one that does not end by itself", () => {
    const refusal = expect.objectContaining({ code: "INVALID_INPUT" });
    expect(() => boundedMatch("x", "(")).toThrow(refusal);
    expect(() => boundedMatch("x", "x", { flags: "no" })).toThrow(refusal);
    expect(() => boundedMatch(`${"a".repeat(60)}b`, "^(a+)+$", { timeoutMs: 20 })).toThrow(refusal);
  });
});
