import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { compilePattern } from "./compile-pattern.ts";

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return isBayplanError(error) ? error.code : "something else";
  }
}

describe("compilePattern", () => {
  it("finds a part of the text, or the whole text when anchored", () => {
    expect(compilePattern("b+").test("abbc")).toBe(true);
    expect(compilePattern("b+", { anchored: true }).test("abbc")).toBe(false);
    expect(compilePattern("b|bb", { anchored: true }).exec("bb")?.text).toBe("bb");
  });

  it("gives groups by number and by name, unmatched ones undefined", () => {
    const pattern = compilePattern("(?P<major>\\d+)\\.(?<minor>\\d+)(-rc)?");
    const match = pattern.exec("v3.14");
    expect(pattern.groupNames).toEqual(["major", "minor"]);
    expect(match).toEqual({
      text: "3.14",
      index: 1,
      captures: ["3.14", "3", "14", undefined],
      groups: { major: "3", minor: "14" },
    });
    expect(pattern.exec("none")).toBeUndefined();
  });

  it("keeps a group called __proto__ apart from the prototype", () => {
    expect(Object.hasOwn(compilePattern("(?P<__proto__>a)").exec("a")?.groups ?? {}, "__proto__")).toBe(true);
  });

  it("has no state between calls", () => {
    const pattern = compilePattern("a");
    expect([pattern.exec("ba")?.index, pattern.exec("ba")?.index, pattern.test("a"), pattern.test("a")]).toEqual([
      1,
      1,
      true,
      true,
    ]);
  });

  it.each([
    "(?=a)b",
    "(a)\\1",
    "(?<=a)b",
    "(a",
    "[=",
    "a{1001}",
    "\\",
    "a".repeat(1001),
    "((x{30}){30}y){1}".repeat(20),
  ])("refuses %s", (source) => {
    expect(codeOf(() => compilePattern(source))).toBe("INVALID_INPUT");
  });

  it("names the place of a mistake and the pattern's label", () => {
    expect(() => compilePattern("ab[z-a]", { label: "filterTags.pattern" })).toThrow(
      /filterTags\.pattern.*at character 4/,
    );
    expect(() => compilePattern("[z-a][z-a]")).not.toThrow(/at character/);
  });

  it.each([
    ["$1.$2", "3.14"],
    ["$1x", ""],
    ["#{1}x", "3x"],
    ["$major-$nothing", "3-"],
    ["$$1", "$1"],
    ["$0", "3.14"],
    ["$01", ""],
    ["$9", ""],
    ["$", "$"],
    ["#{", "#{"],
    ["#{major", "#{major"],
    ["$-#{}", "$-#{}"],
    ["$$$1", "$3"],
    ["$toString#{hasOwnProperty}", ""],
  ])("expands %s as Go does (# for a dollar before a brace)", (marked, marks) => {
    const [template, expected] = [marked.replace("#", "$"), marks.replace("#", "$")];
    expect(compilePattern("(?P<major>\\d+)\\.(\\d+)").expand("v3.14-slim", template)).toBe(expected);
  });

  it("expands nothing without a match", () => {
    expect(compilePattern("x").expand("y", "$0")).toBeUndefined();
  });

  it("replaces every match as Go does", () => {
    expect(compilePattern("a*").replace("baaac", "-")).toBe("-b-c-");
    expect(compilePattern("(\\w)-(\\w)").replace("a-b c-d", "$2$1")).toBe("ba dc");
    expect(compilePattern("a", { anchored: true }).replace("aa", "b")).toBe("aa");
    expect(compilePattern("a+", { anchored: true }).replace("aa", "b$0")).toBe("baa");
  });

  it("agrees with JavaScript where both know the notation", () => {
    const sources = ["^v?(\\d+)\\.(\\d+)$", "-(rc|beta)\\d*$", "[a-c]+", "^$", "(a|ab)(c|bcd)?"];
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.stringMatching(/^[a-d0-9.v-]{0,12}$/), (source, text) => {
        const peer = new RegExp(source).exec(text);
        const match = compilePattern(source).exec(text);
        expect(match?.captures).toEqual(peer === null ? undefined : [...peer]);
        expect(compilePattern(source).test(text)).toBe(peer !== null);
      }),
    );
  });
});
