import { describe, expect, it } from "vitest";
import { BayplanError, isBayplanError, throwIfCancelled } from "./errors.ts";
import { codeOf } from "./testing/code-of.ts";

describe("BayplanError", () => {
  it("carries what it was given, and no members it was not", () => {
    const cause = new Error("why");
    const error = new BayplanError("RATE_LIMITED", "wait", { cause, retryAfterMs: 5, status: 429 });
    expect(error).toMatchObject({ code: "RATE_LIMITED", cause, retryAfterMs: 5, status: 429, problems: [] });
    expect(Object.keys(new BayplanError("DENIED", "no"))).not.toContain("status");
    expect("cause" in new BayplanError("DENIED", "no")).toBe(false);
  });

  it("is known across two installed copies, and nothing else is", () => {
    const foreign = Object.assign(new Error("x"), { [Symbol.for("@bayplan/error")]: true });
    expect([new BayplanError("DENIED", "no"), foreign].map(isBayplanError)).toEqual([true, true]);
    expect([new Error("x"), null, undefined, "x", { code: "DENIED" }].map(isBayplanError)).toEqual(
      Array(5).fill(false),
    );
  });
});

describe("throwIfCancelled", () => {
  it("throws for an aborted signal only, with its reason", () => {
    expect(codeOf(() => throwIfCancelled(undefined))).toBe("nothing thrown");
    expect(codeOf(() => throwIfCancelled(new AbortController().signal))).toBe("nothing thrown");
    expect(codeOf(() => throwIfCancelled(AbortSignal.abort("stop")))).toBe("CANCELLED");
  });
});
