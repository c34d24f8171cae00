import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { canonicalText, canonicalTexts } from "./canonical-texts.ts";

const text = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }));

describe("canonical texts", () => {
  it("are what canonicalJson gives, whatever their order and what is escaped", () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), (texts) => {
        expect(canonicalTexts(texts)).toBe(canonicalJson(texts));
        for (const one of Object.values(texts)) expect(canonicalText(one)).toBe(canonicalJson(one));
      }),
    );
  });

  it("put members in order, numbers as texts too", () => {
    expect(canonicalTexts({ b: "1", a: '"' })).toBe('{"a":"\\"","b":"1"}');
    expect(canonicalTexts({ "10": "x", "9": "y" })).toBe('{"10":"x","9":"y"}');
  });

  it("leave out what is undefined, and take a number for one, as canonicalJson does", () => {
    const loose = { a: undefined, b: 1 } as unknown as Readonly<Record<string, string>>;
    expect(canonicalTexts(loose)).toBe('{"b":1}');
  });

  it("refuse half a character", () => {
    expect(() => canonicalText("\ud800")).toThrow(TypeError);
    expect(() => canonicalTexts({ a: "\udc00" })).toThrow(TypeError);
  });
});
