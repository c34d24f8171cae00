import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonValue } from "./canonical-json.ts";

describe("canonicalJson", () => {
  it("writes the example of RFC 8785, section 3.2.2", () => {
    const value = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("orders keys by UTF-16 code units, as RFC 8785, section 3.2.3", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    const keys = Object.keys(JSON.parse(canonicalJson(value)) as object);
    expect(keys).toEqual(["1", "\r", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"]);
  });

  it("does not care for the order in which members were added", () => {
    const shuffled = fc
      .dictionary(fc.string(), fc.jsonValue())
      .chain((record) =>
        fc
          .shuffledSubarray(Object.keys(record), { minLength: Object.keys(record).length })
          .map((keys) => [record, Object.fromEntries(keys.map((key) => [key, record[key]]))] as const),
      );
    fc.assert(
      fc.property(shuffled, ([left, right]) => {
        expect(canonicalJson(left as JsonValue)).toBe(canonicalJson(right as JsonValue));
      }),
    );
  });

  it("means the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noNegativeZero: true } as fc.JsonSharedConstraints), (value) => {
        expect(JSON.parse(canonicalJson(value as JsonValue))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("writes minus zero as zero and leaves out members that are undefined", () => {
    expect(canonicalJson([-0])).toBe("[0]");
    expect(canonicalJson({ b: undefined, a: 1 } as unknown as JsonValue)).toBe('{"a":1}');
  });

  it.each([
    ["NaN", Number.NaN],
    ["Infinity", [Number.POSITIVE_INFINITY]],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate in a key", { "\udc00": 1 }],
  ])("throws a TypeError for %s", (_, value) => {
    expect(() => canonicalJson(value as JsonValue)).toThrow(TypeError);
  });

  it("keeps a member called __proto__", () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":2}') as JsonValue)).toBe('{"__proto__":2,"b":1}');
  });
});
