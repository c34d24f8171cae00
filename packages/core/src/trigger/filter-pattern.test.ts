import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { compileFilterPattern } from "./filter-pattern.ts";

const all = (text: string): readonly string[] => (text === "" ? [] : text.split(" "));

describe("compileFilterPattern", () => {
  it.each([
    ["topic/*", "topic/one topic/", "topic topic/one/two other/one"],
    ["topic/**", "topic/one topic/one/two topic/", "topic topics/one"],
    ["*", "main v1.2 .github", "topic/one"],
    ["**", "main topic/one/two", ""],
    ["*end", "end the-end", "the/end ending"],
    ["v2*", "v2 v2.0", "v1 v2/x"],
    ["v[12].[0-9]+.[0-9]+", "v1.10.1 v2.0.0", "v3.0.0 v1..1 v1.0.0-rc1 v1x0.0"],
    ["[0-9]+.[0-9]+.[0-9]+", "1.2.0 10.20.30", "1.2 1.2.0.1 v1.2.0 1.2.0rc1"],
    ["v*.*.*", "v1.2.3 v1.2.3.4 v1.2.3-rc.1 v..", "1.2.3 v1.2 release/v1.2.3"],
    ["*.jsx?", "page.js page.jsx", "page.jsxx lib/page.js page.j"],
    ["colou?r", "color colour", "colouur colr"],
    ["ab+c", "abc abbbc", "ac abcc"],
    ["**.js", "index.js src/js/app.js", "index.jsx"],
    ["docs/**/*.md", "docs/a.md docs/b/a.md docs/b/c/a.md", "a.md docs/a.txt docsx/a.md"],
    ["**/README.md", "README.md js/README.md a/b/README.md", "XREADME.md js/README.mdx js/XREADME.md"],
    ["**/docs/**", "docs/a a/docs/b a/b/docs/c/d", "docs a/docsx/b"],
    ["**/*src/**", "a/src/app.js my-src/code/app.js", "src-a/x"],
    ["a**/b", "a/b axx/yy/b", "ab b"],
    ["***", "a a/b", ""],
    ["setup.cfg", "setup.cfg", "setup_cfg src/setup.cfg setup.cfg.bak Setup.cfg"],
    ["[a-cX]1", "a1 c1 X1", "d1 x1 1"],
    ["\\*\\+\\?\\[\\!", "*+?[!", "aaaa"],
    ["a!b", "a!b", "ab"],
    ["a{1,2}(b|c)$^.", "a{1,2}(b|c)$^.", "ab"],
    ["ä+ö?", "ä äää äö", "ö a"],
    ["😀?x", "x 😀x", "😀😀x"],
  ])("%s matches %s and not %s", (pattern, fitting, others) => {
    const { test } = compileFilterPattern(pattern);
    expect(all(fitting).filter((text) => !test(text))).toEqual([]);
    expect(all(others).filter(test)).toEqual([]);
  });

  it("takes a leading ! as negation and a later one as itself", () => {
    expect(compileFilterPattern("!main")).toMatchObject({ isNegative: true, source: "!main" });
    expect(compileFilterPattern("!main").test("main")).toBe(true);
    expect(compileFilterPattern("\\!main")).toMatchObject({ isNegative: false });
    expect(compileFilterPattern("\\!main").test("!main")).toBe(true);
  });

  it.each([
    ...["", "!", "+a", "?a", "a++", "a+?", "a??", "*+", "**?", "[", "[]", "[a", "a[", "[_]", "[a-]", "[-a]", "[z-a]"],
    ...["[a-Z]", "[0-z]", "[!a]", "[^a]", "[a-c-e]", "\\", "!+", `${"a".repeat(1001)}`],
  ])("refuses %s", (pattern) => {
    expect(codeOf(() => compileFilterPattern(pattern))).toBe("INVALID_INPUT");
  });

  it("refuses what is too long", () => {
    expect(codeOf(() => compileFilterPattern("a".repeat(1000)))).toBe("nothing thrown");
    expect(codeOf(() => compileFilterPattern("a".repeat(1001)))).toBe("INVALID_INPUT");
  });

  it("names the place", () => {
    expect(() => compileFilterPattern("!ab[")).toThrow(/character 4/);
  });

  it("matches any name that was escaped, and no other", () => {
    const name = fc.stringMatching(/^[ab*+?![\]\\./-]{1,12}$/);
    const escaped = (text: string): string => text.replace(/[*+?![\]\\]/g, "\\$&");
    fc.assert(
      fc.property(name, name, (text, other) => {
        const { test } = compileFilterPattern(escaped(text));
        expect(test(text)).toBe(true);
        expect(test(other)).toBe(other === text);
      }),
    );
  });

  it("agrees with a regular expression that says the same", () => {
    const part = fc.constantFrom(
      ...([
        ["a", "a"],
        ["b?", "b?"],
        ["[ab]+", "[ab]+"],
        ["*", "[^/]*"],
        ["**", ".*"],
        ["/", "/"],
        [".", "\\."],
      ] as const),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 7 }), fc.stringMatching(/^[ab/.]{0,8}$/), (parts, text) => {
        // Stars that touch, or a double star before a slash, read differently from their parts.
        const pattern = parts.map(([source]) => source).join(" ");
        fc.pre(!/\* \*|\*\* \//.test(pattern));
        const peer = new RegExp(`^${parts.map(([, source]) => source).join("")}$`);
        expect(compileFilterPattern(pattern.replaceAll(" ", "")).test(text)).toBe(peer.test(text));
      }),
      { numRuns: 500 },
    );
  });

  it("ends on patterns that make others go back and forth", () => {
    const pattern = compileFilterPattern(`${"**a".repeat(200)}c`);
    expect(pattern.test(`${"a".repeat(2000)}b`)).toBe(false);
    expect(pattern.test(`${"a".repeat(2000)}c`)).toBe(true);
  });
});
