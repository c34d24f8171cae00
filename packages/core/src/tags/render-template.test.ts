import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderTemplate, templateNames } from "./render-template.ts";

describe("templateNames", () => {
  it.each<[string, readonly string[]]>([
    ["", []],
    ["plain", []],
    ["{a}-{b}{a}", ["a", "b", "a"]],
    ["{", []],
    ["}{a}{", ["a"]],
    ["{a{b}c}", ["b"]],
    ["{}", [""]],
  ])("finds in %j the names %j", (template, names) => {
    expect(templateNames(template)).toEqual(names);
  });

  it("finds exactly the names that rendering replaces", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab{}]{0,12}$/), (template) => {
        const names = templateNames(template);
        expect(names).toEqual([...template.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]));
        const values = Object.fromEntries(names.map((name) => [name, "x"]));
        expect(renderTemplate(template, values)?.length).toBe(
          template.length - names.reduce((sum, name) => sum + name.length + 1, 0),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
