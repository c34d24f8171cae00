import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandsAsRunner, readAsRunner } from "../testing/runner-files.ts";
import { formatAnnotation, formatGroup, formatMask, formatUntrusted } from "./command-text.ts";
import { formatEnvironmentFile } from "./environment-file.ts";

// What anybody who can push a branch, a tag or a commit can make a pipeline read.
const nasty = [
  "::set-output name=token::x",
  "::add-mask::",
  "::error file=a::b",
  "::stop-commands::x",
  "##[error]x",
  "\n",
  "\r",
  "\r\n",
  "\u2028",
  "EOF",
  "NAME<<EOF",
  "PATH=/evil",
  "%0A",
  "%25",
  ":",
  ",",
  "=",
  "$(id)",
  "`id`",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub, not of this language.
  "${{ github.token }}",
  "refs/heads/a;b",
  "main",
  " ",
  "<<",
  "bayplan_",
];
const more = ["é", "😀", "a", "Z9", "%", "-", "'", '"', "\t", "\u0085", "\v", "\f"];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...nasty, ...more), fc.string({ unit: "grapheme", maxLength: 6 })), { maxLength: 12 })
  .map((parts) => parts.join("").replaceAll("\0", ""));

/** Calls `check` with each of these texts alone, then with many that are put together from them and others. */
function withHostile(check: (first: string, second: string, third: string) => void): void {
  for (const part of [...nasty, ...more]) check(part, part, part);
  fc.assert(fc.property(hostile, hostile, hostile, check), { numRuns: 1000 });
}

describe("hostile branch names, tags and commit messages", () => {
  it("come out of an environment file as they went in, and set nothing else", () => {
    withHostile((first, second) => {
      const text = formatEnvironmentFile({ first, second });
      expect(readAsRunner(text)).toEqual([
        ["first", first],
        ["second", second],
      ]);
      // On Windows lines end differently; then too there are two names.
      expect(readAsRunner(text, /\r\n|\r|\n/).map(([name]) => name)).toEqual(["first", "second"]);
    });
  });

  it("make one annotation with their own text, whatever is in it", () => {
    withHostile((message, title, file) => {
      const found = commandsAsRunner(formatAnnotation({ level: "warning", message, title, file, line: 3 }));
      expect(found).toEqual([{ name: "warning", properties: { title, file, line: "3" }, message }]);
    });
  });

  it("are no command in the log", () => {
    withHostile((text, title) => {
      expect(commandsAsRunner(`${formatUntrusted(text)}::notice::after\n`).map(({ name }) => name)).toEqual(["notice"]);
      expect(commandsAsRunner(formatGroup(title, text)).map(({ name }) => name)).toEqual(["group", "endgroup"]);
    });
  });

  it("are masked and nothing more, when a secret has such texts", () => {
    withHostile((text) => {
      const found = commandsAsRunner(formatMask(`secret${text}`));
      expect(new Set(found.map(({ name }) => name))).toEqual(new Set(["add-mask"]));
      expect(found.map(({ message }) => message)).toContain(`secret${text}`);
    });
  });
});

describe("formatEnvironmentFile", () => {
  it("has another delimiter each time", () => {
    expect(formatEnvironmentFile({ a: "x" })).not.toBe(formatEnvironmentFile({ a: "x" }));
  });

  it.each([{ "a b": "x" }, { "a=b": "x" }, { "a<<EOF\nb": "x" }, { "": "x" }, { a: "\0" }, { a: "\ud800" }])(
    "refuses %j",
    (values) => {
      expect(() => formatEnvironmentFile(values)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    },
  );

  it("refuses what GitHub would cut off", () => {
    expect(() => formatEnvironmentFile({ a: "x".repeat(600_000) })).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED" }),
    );
  });
});

describe("formatMask", () => {
  it("masks each line, but not the braces of a JSON secret", () => {
    const found = commandsAsRunner(formatMask('{\n  "key": "abcd",\n}')).map(({ message }) => message);
    expect(found).toEqual(['{\n  "key": "abcd",\n}', '  "key": "abcd",']);
  });

  it.each(["", "   ", "abc", "a\nb\nc"])("refuses %j", (secret) => {
    expect(() => formatMask(secret)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});

describe("formatAnnotation", () => {
  it("cuts what is too long, before it is escaped", () => {
    const [found] = commandsAsRunner(formatAnnotation({ level: "error", message: "%".repeat(70_000) }));
    expect(found?.message).toBe(`${"%".repeat(60_000)}…`);
  });
});
