import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonValue } from "./canonical-json.ts";
import { stringifyOrdered } from "./stringify-ordered.ts";

describe("stringifyOrdered", () => {
  it("gives the canonical text of what stands in order, and of nothing else", () => {
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<JsonValue>, (value) => {
        const canonical = canonicalJson(value);
        const isOrdered = JSON.stringify(value) === canonical;
        expect(stringifyOrdered(value)).toBe(isOrdered ? canonical : undefined);
      }),
    );
  });

  it.each<[string, unknown]>([
    ["members out of order", { b: 1, a: 2 }],
    ["members out of order, deep inside", { list: [[{ b: 1, a: 2 }]] }],
    ["numbers for names, which an engine puts first", { "9": 1, "10": 2 }],
    ["half a character", { text: "\ud800" }],
    ["a number that is none", [Number.NaN]],
    ["a member that is undefined", { a: undefined }],
    ["a function", { a: () => 1 }],
  ])("leaves %s to the writer that sorts and refuses", (_, value) => {
    expect(stringifyOrdered(value as JsonValue)).toBeUndefined();
  });

  it("knows a backslash before a name from half a character only by the other writer", () => {
    expect(stringifyOrdered({ path: "\\udir" })).toBeUndefined();
    expect(canonicalJson({ path: "\\udir" })).toBe('{"path":"\\\\udir"}');
  });
});
