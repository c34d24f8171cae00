import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { formatHeredoc, formatLabelList, formatLineList, parseLineList } from "./output-formats.ts";

/** As the runner reads the file: a name, a delimiter, lines up to the delimiter. */
function readHeredoc(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length - 1; at += 1) {
    const [, name = "", delimiter = ""] = /^([^<=]+)<<(.+)$/.exec(lines[at] ?? "") ?? [];
    const end = lines.indexOf(delimiter, at + 1);
    if (name === "" || end < 0) throw new Error(`not a heredoc: ${lines[at]}`);
    values[name] = lines.slice(at + 1, end).join("\n");
    at = end;
  }
  return values;
}

const nasty = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc
    .array(fc.constantFrom("\n", "\r", '"', "#", "=", ",", "EOF", "a<<b", "x", " ", "bayplan_"), { maxLength: 12 })
    .map((parts) => parts.join("")),
);

describe("line lists", () => {
  it("quotes only what would not stay one entry", () => {
    const values = { a: "plain, with = and & signs", b: "two\nlines", c: 'a "word"' };
    expect(formatLabelList(values)).toBe('a=plain, with = and & signs\n"b=two\nlines"\n"c=a ""word"""');
    expect(formatLabelList({ a: "b" }, { level: "index" })).toBe("index:a=b");
    expect(formatLineList(["r/i:1.2.3", "r/i:latest"])).toBe("r/i:1.2.3\nr/i:latest");
  });

  it("come back as they were", () => {
    fc.assert(
      fc.property(fc.array(nasty), (items) => {
        expect(parseLineList(formatLineList(items))).toEqual(items);
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses an open quote", () => {
    expect(codeOf(() => parseLineList('"open'))).toBe("INVALID_INPUT");
    expect(parseLineList("a\n\nb\n")).toEqual(["a", "b"]);
  });
});

describe("formatHeredoc", () => {
  it("lets no value end early or set another name", () => {
    const value = "1.2.3\nbayplan_\nEOF\nevil<<EOF\nx\nEOF";
    expect(readHeredoc(formatHeredoc({ tags: value, other: "" }))).toEqual({ tags: value, other: "" });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,8}$/), nasty), (values) => {
        expect(readHeredoc(formatHeredoc(values))).toEqual({ ...values });
      }),
      { numRuns: 1000 },
    );
  });

  it.each(["", "a b", "a=b", "a\nb", "1a", "a<<b"])("refuses the name %j", (name) => {
    expect(codeOf(() => formatHeredoc({ [name]: "x" }))).toBe("INVALID_INPUT");
  });
});
