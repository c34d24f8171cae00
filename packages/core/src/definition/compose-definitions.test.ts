import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { codeOf } from "../testing/code-of.ts";
import { minimal } from "../testing/definitions.ts";
import { composeDefinitions } from "./compose-definitions.ts";
import { parseDefinition } from "./parse-definition.ts";

const foundIn = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (isBayplanError(error)) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
};

describe("composeDefinitions", () => {
  it.each<[string, readonly unknown[], unknown]>([
    ["nothing", [], undefined],
    ["one", [{ a: 1 }], { a: 1 }],
    ["objects key by key", [{ a: { b: 1, c: 2 } }, { a: { c: 3 } }, { d: 4 }], { a: { b: 1, c: 3 }, d: 4 }],
    ["lists as a whole", [{ tags: ["x", "y"] }, { tags: ["z"] }], { tags: ["z"] }],
    ["a list over an object", [{ version: { line: "1" } }, { version: [{ line: "2" }] }], { version: [{ line: "2" }] }],
    ["null takes away", [{ a: { b: 1, c: 2 } }, { a: { b: null } }], { a: { c: 2 } }],
    ["null over nothing", [{ a: 1 }, { b: null }], { a: 1 }],
  ])("%s", (_, documents, expected) => {
    expect(composeDefinitions(documents)).toEqual(expected);
  });

  it("changes nothing by nothing, and does not depend on how it is grouped", () => {
    const document = fc.dictionary(fc.constantFrom("a", "b", "__proto__"), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(document, document, document, (one, two, three) => {
        const text = JSON.stringify([one, two, three]);
        expect(composeDefinitions([one, {}])).toEqual(one);
        // A key that is taken away in between is there again to be merged with: grouping matters only there.
        if (!text.includes("null")) {
          const grouped = composeDefinitions([one, composeDefinitions([two, three])]);
          const inOrder = composeDefinitions([one, two, three]);
          if (sameShapes(one, two, three)) expect(grouped).toEqual(inOrder);
        }
        expect(JSON.stringify([one, two, three])).toBe(text);
        expect(Object.prototype).not.toHaveProperty("a");
      }),
    );
  });

  it("survives documents nested without end", () => {
    const deep = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`) as unknown;
    expect(codeOf(() => composeDefinitions([deep(5000), deep(5000)]))).toBe("nothing thrown");
  });
});

/** Whether a key holds objects in all documents or in none: a list between two objects separates them. */
function sameShapes(...documents: readonly Readonly<Record<string, unknown>>[]): boolean {
  const flat = (value: unknown) => typeof value !== "object" || value === null;
  return documents.every((document) => Object.values(document).every(flat));
}

describe("extends", () => {
  const { images, ...common } = minimal;

  it("lies over the documents it names, the nearest last", () => {
    const documents = {
      company: { ...common, ref: "trunk", platforms: ["linux/arm64"] },
      team: { extends: "company", ref: "release" },
      extra: { buildTimeoutSeconds: 60 },
    };
    const family = parseDefinition({ extends: ["team", "extra"], images, platforms: ["linux/amd64"] }, { documents });
    expect([family.ref, family.buildTimeoutMs, family.images[0]?.platforms[0]?.architecture]).toEqual([
      "release",
      60_000,
      "amd64",
    ]);
    // What it came from stands alone.
    expect(parseDefinition(family.config)).toEqual(family);
    expect(family.config.extends).toBeUndefined();
  });

  it.each<[string, unknown, Readonly<Record<string, unknown>>, readonly string[]]>([
    ["a name that nobody gave", "tem", { team: common }, ["extends"]],
    ["a member of Object.prototype", ["constructor"], {}, ["extends[0]"]],
    ["something that is no name", [1], {}, ["extends"]],
    ["itself", "a", { a: { extends: "b" }, b: { extends: ["a"] } }, ["a: b: extends[0]"]],
  ])("refuses %s", (_, named, documents, paths) => {
    const found = foundIn(() => parseDefinition({ ...minimal, extends: named }, { documents }));
    expect(found).toEqual(paths);
  });

  it("says what is wrong with the whole together with what is wrong with names", () => {
    expect(foundIn(() => parseDefinition({ ...minimal, extends: "x", ref: "" }))).toEqual(["extends", "ref"]);
  });
});
