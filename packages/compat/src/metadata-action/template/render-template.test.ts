import { isBayplanError } from "@bayplan/core";
import fc from "fast-check";
import Handlebars from "handlebars";
import { describe, expect, it } from "vitest";
import { renderTemplate } from "./render-template.ts";

const context = {
  name: "a&b",
  count: 3,
  zero: 0,
  none: null,
  yes: true,
  no: false,
  empty: "",
  list: ["x", "y"],
  lists: [[1, 2], []],
  nothing: [],
  deep: { inner: { leaf: "leaf" }, name: "deep" },
  say: (...given: unknown[]) => `said ${String(given[0])} ${Object.keys(hashOf(given.at(-1))).join("+")}`,
  truth: () => true,
};

function hashOf(options: unknown): object {
  return (options as { hash?: object } | undefined)?.hash ?? {};
}

function outcome(render: () => string): string {
  try {
    return render();
  } catch {
    return "(refused)";
  }
}

const original = (template: string): string => Handlebars.compile(template)(context);
const ours = (template: string): string => renderTemplate(template, context).text;

describe("renderTemplate and Handlebars", () => {
  it.each([
    "{{name}} {{{name}}} {{&name}} {{missing}} {{none}} {{zero}} {{no}} {{list}}",
    "{{deep.inner.leaf}} {{deep.missing.leaf}} {{this.count}} {{./count}} {{list.[1]}} {{list.length}}",
    "{{#if count}}a{{else}}b{{/if}}{{#if zero}}a{{else}}b{{/if}}{{#if zero includeZero=true}}a{{/if}}",
    "{{#unless no}}a{{/unless}}{{#unless yes}}a{{else}}b{{/unless}}{{#if nothing}}a{{else}}b{{/if}}",
    "{{#each list}}{{@index}}{{@key}}{{@first}}{{@last}}{{this}}{{../count}},{{/each}}",
    "{{#each lists}}{{#each this}}{{@../index}}{{this}}{{../../count}}{{else}}none{{/each}};{{/each}}",
    "{{#each deep}}{{@key}}={{this}} {{/each}}{{#each nothing}}x{{else}}none{{/each}}",
    "{{#each list as |item index|}}{{item}}{{index}}{{name}}{{/each}}",
    "{{#with deep}}{{name}}{{../name}}{{inner.leaf}}{{/with}}{{#with none}}x{{else}}y{{/with}}",
    "{{#with deep as |it|}}{{it.name}}{{/with}}",
    "{{#name}}{{this}}{{/name}}{{#list}}{{.}}{{/list}}{{#no}}a{{else}}b{{/no}}{{^yes}}a{{/yes}}{{#yes}}{{count}}{{/yes}}",
    "{{say}}|{{say 'x'}}|{{say \"y\" a=1 b='2'}}|{{say (say 'z')}}|{{say 5}}|{{say true}}|{{say null}}|{{say undefined}}",
    "{{#say}}{{this}}{{/say}}|{{#truth}}t{{/truth}}|{{#if truth}}t{{/if}}|{{#if (truth)}}t{{/if}}",
    "{{lookup deep 'name'}}{{lookup list 0}}{{lookup none 'x'}}",
    '{{"name"}} {{5}} {{true}} {{undefined}} {{null}} {{[count]}}',
    "{{@root.name}} {{@missing}} {{!-- note --}}{{! note }} \\{{name}}",
    "a {{~name~}} b\n{{#if yes}}\n  line\n{{/if}}\nend {{{{raw}}}}{{name}}{{{{/raw}}}}",
    "{{name 'x'}}",
    "{{missing 'x'}}",
    "{{if}}",
    "{{#if a b}}{{/if}}",
    "{{> partial}}",
    "{{#if",
    "{{deep.inner 'x'}}",
    "{{constructor}}{{__proto__}}{{deep.constructor}}{{say.constructor}}{{list.constructor.name}}",
    "{{lookup this 'constructor'}}{{lookup deep '__proto__'}}{{#with say as |f|}}{{f.constructor}}{{/with}}",
  ])("agree about %s", (template) => {
    expect(outcome(() => ours(template))).toBe(outcome(() => original(template)));
  });

  it("agree about what can be put together from the words of the language", () => {
    const word = fc.constantFrom(
      ...["{{", "}}", "{{{", "}}}", "{{#if ", "{{/if}}", "{{else}}", "{{#each ", "{{/each}}", "{{#with ", "{{/with}}"],
      ...[
        "name",
        "list",
        "deep",
        "deep.name",
        "this",
        "../name",
        "@index",
        "@key",
        "@root.count",
        "count",
        "zero",
        "no",
      ],
      ...[
        " ",
        "-",
        "'x'",
        '"y"',
        "5",
        "(",
        ")",
        "a=",
        "lookup ",
        "say ",
        "missing",
        "as |i|",
        "i",
        "~",
        "\n",
        "{{!",
        "\\",
      ],
    );
    const statement = fc.constantFrom(
      ...[
        "{{name}}",
        "{{{name}}}",
        "{{@index}}",
        "{{this}}",
        "{{../name}}",
        "{{say 'x'}}",
        "{{missing}}",
        "{{i}}",
        " text ",
      ],
    );
    const block = (body: fc.Arbitrary<string>): fc.Arbitrary<string> =>
      fc
        .tuple(fc.constantFrom("if count", "if no", "unless zero", "each list", "each deep", "with deep"), body, body)
        .map(([head, inner, other]) => `{{#${head}}}${inner}{{else}}${other}{{/${head.split(" ")[0]}}}`);
    const nested = block(
      fc.oneof(statement, block(fc.array(statement, { maxLength: 3 }).map((parts) => parts.join("")))),
    );
    const template = fc.oneof(
      fc.array(word, { maxLength: 14 }).map((parts) => parts.join("")),
      nested,
      statement,
    );
    fc.assert(
      fc.property(template, (text) => {
        expect(outcome(() => ours(text))).toBe(outcome(() => original(text)));
      }),
      { numRuns: 600 },
    );
  });
});

describe("renderTemplate", () => {
  it("says whether HTML changed a value", () => {
    expect(renderTemplate("{{name}}", context)).toEqual({ text: "a&amp;b", escaped: true });
    expect(renderTemplate("{{{name}}}", context)).toEqual({ text: "a&b", escaped: false });
  });

  it("runs nothing and reaches nothing inherited, whatever the template", () => {
    const reached: string[] = [];
    function own(): string {
      return "own";
    }
    const inherited = { secret: "secret", method: () => reached.push("method") };
    const holder = Object.assign(Object.create(inherited), { own, list: ["x"], deep: { leaf: "leaf" } });
    const name = fc.constantFrom(
      ...["constructor", "__proto__", "prototype", "secret", "method", "call", "bind", "apply", "__defineGetter__"],
      ...["this", "own", "list", "deep", "leaf", "@root", "@key", "toString", "valueOf", "concat", "hasOwnProperty"],
    );
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("."));
    const looked = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => {
      return names.reduce((inner, next) => `(lookup ${inner} '${next}')`, "this");
    });
    const target = fc.oneof(path, looked);
    const literal = fc.constantFrom("'return process'", "'constructor'", "1", "this");
    const template = fc.oneof(
      target.map((text) => `{{${text}}}`),
      fc.tuple(target, literal).map(([text, given]) => `{{${text} ${given}}}`),
      fc.tuple(target, target).map(([text, inner]) => `{{#with ${text}}}{{${inner}}}{{this}}{{/with}}`),
      fc.tuple(target, target).map(([text, inner]) => `{{#each ${text} as |v k|}}{{v.${inner}}}{{k}}{{/each}}`),
      fc.tuple(path, target).map(([text, inner]) => `{{#${text}}}{{${inner}}}{{/${text}}}`),
    );
    fc.assert(
      fc.property(template, (text) => {
        expect(outcome(() => renderTemplate(text, holder).text)).not.toMatch(/secret|native code|return "own"|process/);
      }),
      { numRuns: 2000 },
    );
    expect(reached).toEqual([]);
    expect(renderTemplate("{{secret}}{{lookup this 'secret'}}{{list.concat}}{{own}}", holder).text).toBe("own");
    const chain = "(lookup (lookup own 'prototype') 'constructor')";
    expect(renderTemplate(`{{lookup ${chain} 'name'}}{{own.name}}{{lookup this 'own'}}`, holder).text).toBe("");
  });

  it("evaluates a bounded number of expressions", () => {
    let calls = 0;
    const tick = (): void => {
      calls += 1;
    };
    const names = { list: Array.from({ length: 50 }, () => 0), tick };
    const loops = 6;
    const template = `${"{{#each @root.list}}".repeat(loops)}{{@root.tick}}${"{{/each}}".repeat(loops)}`;
    expect(() => renderTemplate(template, names)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(20_000);
  });

  it.each([
    ["long", `{{name}}${"x".repeat(40_000)}`],
    ["deep blocks", "{{#if count}}".repeat(500) + "{{/if}}".repeat(500)],
    ["deep calls", `{{say ${"(say ".repeat(3000)}${")".repeat(3000)}}}`],
    ["many loops", `${"{{#each @root.list}}".repeat(20)}x${"{{/each}}".repeat(20)}`],
    ["much text", `{{#each list}}${"{{#each @root.list}}".repeat(8)}${"y".repeat(4000)}${"{{/each}}".repeat(9)}`],
    ["unclosed comments", "{{!--".repeat(6000)],
  ])("refuses what is too much: %s", (_name, template) => {
    expect(() => renderTemplate(template, context)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("refuses wrong syntax with a code and the parser's words", () => {
    const error = refusal(() => renderTemplate("{{#if x}}", context));
    expect(isBayplanError(error) && error.code).toBe("INVALID_INPUT");
    expect(error.cause).toBeInstanceOf(Error);
  });
});

function refusal(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was refused");
}
