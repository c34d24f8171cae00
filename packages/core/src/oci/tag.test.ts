import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { isTag, parseTag, whatIsWrongWithTag } from "./tag.ts";

describe("parseTag", () => {
  it.each(["a", "_", "3.14.3t", "V-1_x.y", "a".repeat(128)])("accepts %s", (tag) => {
    expect(parseTag(tag)).toBe(tag);
  });

  it.each(["", ".a", "-a", "a b", "a/b", "a:b", "a+b", "a\n", "ä", "a".repeat(129)])("refuses %j", (tag) => {
    expect(codeOf(() => parseTag(tag))).toBe("INVALID_TAG");
  });

  it("agrees with isTag on any text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 140, unit: "grapheme" }), (text) => {
        expect(codeOf(() => parseTag(text))).toBe(isTag(text) ? "nothing thrown" : "INVALID_TAG");
      }),
    );
  });

  it("names the first thing that is wrong", () => {
    expect(whatIsWrongWithTag("a+b/c")).toContain('"+"');
    expect(whatIsWrongWithTag("a".repeat(129))).toContain("129");
    expect(whatIsWrongWithTag("-a")).toContain('"-"');
  });
});
