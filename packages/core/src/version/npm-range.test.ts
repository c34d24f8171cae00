import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { createNpmRange } from "./npm-range.ts";

describe("createNpmRange", () => {
  it("admits what npm admits", () => {
    expect(createNpmRange("^1.2 || >=3").contains("1.9.0")).toBe(true);
    expect(createNpmRange("^1.2 || >=3").contains("2.0.0")).toBe(false);
    expect(createNpmRange("").contains("2.0.0")).toBe(true);
    expect(createNpmRange("*").contains("no version")).toBe(false);
  });

  it("admits pre-releases only of a release that the range names", () => {
    expect(createNpmRange(">=1.2.0-rc.1").contains("1.2.0-rc.2")).toBe(true);
    expect(createNpmRange(">=1.2.0-rc.1").contains("1.3.0-rc.2")).toBe(false);
    expect(createNpmRange(">=1.2.0-rc.1", { includePrerelease: true }).contains("1.3.0-rc.2")).toBe(true);
  });

  it.each(["latest", ">=1 <", "1.2.3.4.5", `^1${" ".repeat(512)}`, "1||".repeat(64)])("refuses %j", (text) => {
    let code: string | undefined;
    try {
      createNpmRange(text);
    } catch (error) {
      code = isBayplanError(error) ? error.code : "something else";
    }
    expect(code).toBe("INVALID_INPUT");
  });
});
