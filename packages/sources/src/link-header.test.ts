import { describe, expect, it } from "vitest";
import { nextLink } from "./link-header.ts";

describe("nextLink", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ['<https://a/?page=2>; rel="next", <https://a/?page=9>; rel="last"', "https://a/?page=2"],
    ['<https://a/?page=1>; rel="prev", <https://a/?page=3>; rel="next"', "https://a/?page=3"],
    ["</v2/x?n=1>; rel=next", "/v2/x?n=1"],
    ['<a?x=1,2;y>;title="b, c";rel="prev next"', "a?x=1,2;y"],
    ['<a>; REL="NEXT"', "a"],
    ['<a>; rel = "next"', "a"],
    ['<a>; rel="last"', undefined],
    ['<a>; rel="nextish"', undefined],
    ['<a>; title="rel=next"', undefined],
    ['<a>; title="; rel=next"; rel="last"', undefined],
    ['<a>; x-rel="next"', undefined],
    ["<a>", undefined],
    ["no link", undefined],
  ])("finds in %j %j", (header, target) => {
    expect(nextLink(header)).toBe(target);
  });

  it("is quick on a hostile header", () => {
    const start = performance.now();
    nextLink(`<a>${"; a".repeat(20_000)}"`);
    nextLink("<".repeat(20_000));
    nextLink(`<a>${'; x="'.repeat(20_000)}`);
    nextLink(`<a>${" ".repeat(20_000)}`);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
