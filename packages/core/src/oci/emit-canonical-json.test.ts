import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonValue } from "./canonical-json.ts";
import { digestOf, digestOfParts, digestOfText } from "./digest.ts";
import { emitCanonicalJson } from "./emit-canonical-json.ts";

describe("emitCanonicalJson", () => {
  it("writes in parts what canonicalJson writes at once, lists that stand in several places included", () => {
    const value = fc.jsonValue() as fc.Arbitrary<JsonValue>;
    const document = fc.dictionary(fc.string({ unit: "grapheme" }), value);
    fc.assert(
      fc.property(document, fc.array(fc.record({ a: value })), (members, shared) => {
        const whole = { ...members, list: [{ shared }, { shared, again: shared }], rest: shared };
        const parts: string[] = [];
        emitCanonicalJson(whole, (part) => parts.push(part));
        expect(parts.join("")).toBe(canonicalJson(whole));
      }),
    );
  });

  it("gives large lists in more than one part", () => {
    const parts: string[] = [];
    emitCanonicalJson({ list: new Array(5000).fill({ a: "b" }) }, (part) => parts.push(part));
    expect(parts.length).toBeGreaterThan(1);
  });

  it("sorts many members as few", () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${40 - index}`, index]));
    expect(Object.keys(JSON.parse(canonicalJson(many)))).toEqual(Object.keys(many).sort());
  });
});

describe("digests of texts", () => {
  it("are those of their UTF-8, whole or in parts", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (parts) => {
        const text = parts.join("");
        const digest = digestOf(new TextEncoder().encode(text));
        const ofParts = digestOfParts((emit) => {
          for (const part of parts) emit(part);
        });
        expect([digestOfText(text), ofParts]).toEqual([digest, digest]);
      }),
    );
  });
});
