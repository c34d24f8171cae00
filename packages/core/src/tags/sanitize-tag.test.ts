import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTag } from "../oci/tag.ts";
import { sanitizeTag } from "./sanitize-tag.ts";

describe("sanitizeTag", () => {
  it.each([
    ["main", "main"],
    ["feature/foo", "feature-foo"],
    ["a & b // c", "a-b-c"],
    ["hagi/#295-x=>y", "hagi-295-x-y"],
    ["-.lead", "lead"],
    ["_ok", "_ok"],
    ["Upper_Case.1", "Upper_Case.1"],
    ["x\ny", "x-y"],
  ])("%j is %s", (original, tag) => {
    expect(sanitizeTag(original)).toEqual({ tag, original });
  });

  it("gives a text of which nothing is left a name of its own", () => {
    const tags = ["日本", "中国", "", "---"].map((text) => sanitizeTag(text).tag);
    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^ref-[0-9a-f]{12}$/);
  });

  it("keeps changed texts apart when asked to", () => {
    const unique = (text: string) => sanitizeTag(text, { unique: true }).tag;
    expect(unique("a-b")).toBe("a-b");
    expect(unique("a/b")).toMatch(/^a-b-[0-9a-f]{12}$/);
    expect(unique("a/b")).not.toBe(unique("a b"));
  });

  it("always gives a legal tag of at most the length, and leaves a legal one alone", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.stringMatching(/^[A-Za-z0-9._\-/]{0,300}$/),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 16, max: 128 }), fc.boolean(), (original, maxLength, unique) => {
        const { tag } = sanitizeTag(original, { maxLength, unique });
        expect(isTag(tag)).toBe(true);
        expect(tag.length).toBeLessThanOrEqual(maxLength);
        expect(sanitizeTag(tag, { maxLength, unique }).tag).toBe(tag);
        if (isTag(original) && original.length <= maxLength) expect(tag).toBe(original);
      }),
      { numRuns: 1000 },
    );
  });
});
