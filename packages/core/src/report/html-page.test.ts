import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DrawnPlanNode, drawnPlan } from "../testing/drawn-plan.ts";
import { htmlFragment, htmlText, shortenText } from "./html-text.ts";
import { renderPlan } from "./render-plan.ts";

const fragments = fc.constantFrom(
  "</script>",
  "</style>",
  "<!--",
  "]]>",
  '"',
  "'",
  "`",
  "&quot;",
  "&",
  "<a href=x>",
  " onload=x ",
  "\u2028",
  "\u2029",
  "\0",
  "\n",
  "\r",
  "\u202E",
  "\uD800",
  "javascript:",
  "😀",
  "/",
);
const hostile = fc
  .array(fc.oneof(fragments, fc.string({ unit: "binary", maxLength: 5 })), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(""));

/** Elements with the names of their attributes, in order: what a page is made of besides texts. */
const skeleton = (html: string) =>
  [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""').replace(/""\s*/g, '"" '));

const pageOf = (texts: readonly string[]) => {
  const text = (place: number) => texts[place % texts.length] ?? "";
  const base = {
    image: `${text(0)}0`,
    version: text(1),
    bases: [`outside ${text(2)}`],
    because: text(3),
    tags: [text(4)],
  };
  const nodes: readonly DrawnPlanNode[] = [
    base,
    {
      image: text(5),
      version: `${text(0)}1`,
      bases: [`${base.image}@${base.version}`],
      state: "blocked",
      because: text(2),
    },
    { image: text(1), version: `${text(0)}2`, state: "built", because: text(4) },
  ];
  return renderPlan(drawnPlan(nodes, { leg: text(5) }), "html");
};

describe("the HTML page", () => {
  it("is made of the same elements and attributes whatever its texts hold", () => {
    const plain = skeleton(pageOf(["a"]));
    expect(plain.length).toBeGreaterThan(60);
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 6, maxLength: 6 }), (texts) => {
        const page = pageOf(texts);
        expect(skeleton(page)).toEqual(plain);
        expect(page.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E]/u);
      }),
    );
  });

  it("allows by hash the style and the script it holds, and nothing else", () => {
    const page = pageOf(["a"]);
    const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    const hash = (text = "") => `&#39;sha256-${createHash("sha256").update(text).digest("base64")}&#39;`;
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? [];
    expect(policy.split("; ").sort()).toEqual([
      "base-uri &#39;none&#39;",
      "default-src &#39;none&#39;",
      "form-action &#39;none&#39;",
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
    ]);
    // What a policy in the page cannot see: addresses that a reader could follow, and styles it would refuse.
    expect(page).not.toMatch(/\b(?:href|src)="(?!#)|\sstyle=|\son\w+=/);
    expect(page).not.toMatch(/https?:/);
  });

  it("says everything the plan holds about a node, and links its neighbours", () => {
    const page = renderPlan(
      drawnPlan(
        [
          { image: "base", tags: ["1", "latest"], because: "wanted" },
          { image: "child", bases: ["base@1", "docker.io/library/debian:12"], state: "blocked", because: "stuck" },
        ],
        { leg: "3.15" },
      ),
      "html",
    );
    const article = (id: string) => page.split(`<article id="node=${id}"`)[1]?.split("</article>")[0] ?? "";
    for (const part of [
      "wanted",
      "<code>latest</code> (moving)",
      "Not tagged",
      "to be built",
      `href="#node=child%401"`,
    ]) {
      expect(article("base@1")).toContain(part);
    }
    for (const part of [
      "stuck",
      "blocked by base@1",
      `href="#node=base%401"`,
      "<code>docker.io/library/debian:12</code>",
    ]) {
      expect(article("child@1")).toContain(part);
    }
    expect(page).toContain("Versions that could not be chosen");
    expect(renderPlan(drawnPlan([]), "html")).not.toContain("Versions that could not be chosen");
  });

  it("grows with the nodes, not with their square", () => {
    const size = (count: number) =>
      renderPlan(
        drawnPlan(Array.from({ length: count }, (_, index) => ({ image: `image-${index}`, bases: ["os"] }))),
        "html",
      ).length;
    expect((size(2000) - size(1000)) / (size(1000) - size(500))).toBeLessThan(2.2);
  });
});

describe("texts of the page", () => {
  it.each([
    [`<a b="c">'&`, "&lt;a b=&quot;c&quot;&gt;&#39;&amp;"],
    ["a\u2028b\r\nc\0d", "a b c d"],
    ["a\u202Eb\uD800", "a\uFFFDb\uFFFD"],
    ["naïve 😀", "naïve 😀"],
  ])("escapes %j", (text, expected) => {
    expect(htmlText(text)).toBe(expected);
  });

  it.each([
    ["a@1", "#node=a%401"],
    [`a b"<'>`, "#node=a%20b%22%3C%27%3E"],
    ["\uDC00", "#node=%EF%BF%BD"],
  ])("makes a fragment of %j", (id, expected) => {
    expect(htmlFragment(id)).toBe(expected);
  });

  it.each([
    ["short", 5, "short"],
    ["cpython-thread-sanitizer", 11, "cpyth…tizer"],
    ["😀😀😀😀", 3, "😀…😀"],
    ["abcd", 2, "a…"],
  ])("shortens %j to %i characters in its middle", (text, length, expected) => {
    expect(shortenText(text, length)).toBe(expected);
  });
});
