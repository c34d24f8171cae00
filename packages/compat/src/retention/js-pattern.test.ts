import { describe, expect, it } from "vitest";
import { refusal } from "../testing/retention-images.ts";
import { compileJsPattern } from "./js-pattern.ts";

const compile = (source: string) => compileJsPattern(source, "inputs of a test", "pattern");

describe("compileJsPattern", () => {
  it.each([
    ["v\\d+$", "app-v12", true],
    ["^v", "app-v12", false],
    ["(?<=app-)v", "app-v12", true],
    ["^(?!v)", "v1", false],
    ["(a)\\1", "baa", true],
    // Anchors and classes of RE2 are letters here, and brackets close at once.
    ["\\Aapp", "app", false],
    ["\\Aapp", "Aapp", true],
    ["1\\z", "1z", true],
    ["[[:digit:]]", "5", false],
    ["[]a", "a", false],
    ["\\x{2}", "xx", true],
    ["", "anything", true],
  ])("%s in %s: %s", (source, text, expected) => {
    expect(compile(source)(text)).toBe(expected);
  });

  it("takes linear time where it can, and ends where it cannot", () => {
    const text = `${"a".repeat(60)}!`;
    expect(compile("^(a+)+$")(text)).toBe(false);
    expect(refusal(() => compile("^(?!x)(a+)+$")(text)).code).toBe("INVALID_INPUT");
  });

  it("refuses what is none, and what is too long", () => {
    expect(refusal(() => compile("(")).problems).toMatchObject([{ path: "pattern" }]);
    expect(refusal(() => compile("a".repeat(1001))).code).toBe("INVALID_INPUT");
  });
});
