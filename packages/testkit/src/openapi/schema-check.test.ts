import { describe, expect, it } from "vitest";
import type { JsonSchema } from "./json-schema.ts";
import { createSchemaCheck } from "./schema-check.ts";

const text = { type: "string" } as const;

describe("createSchemaCheck", () => {
  const schemas: Readonly<Record<string, JsonSchema>> = {
    name: { type: "string", minLength: 2, maxLength: 3 },
    nobody: { type: "object", nullable: true, required: ["id"], properties: { id: { type: "integer" } } },
    tree: { type: "object", properties: { leaves: { type: "array", items: { $ref: "#/components/schemas/tree" } } } },
    torn: { type: "object", properties: { a: { $ref: "#/components/schemas/gone" } } },
  };
  const cases: Readonly<Record<string, readonly [JsonSchema, readonly unknown[], readonly unknown[]]>> = {
    type: [{ type: "integer" }, [1, 0, -5], ["1", 1.5, true, [], {}]],
    number: [{ type: "number", minimum: 1, maximum: 2 }, [1, 1.5, 2], [0, 2.1, "1"]],
    nullable: [{ type: "string", nullable: true }, [null, "a"], [1]],
    "not nullable": [text, ["a"], [null]],
    enum: [{ enum: ["a", 1] }, ["a", 1], ["b", "1"]],
    lengths: [{ $ref: "#/components/schemas/name" }, ["ab", "abc"], ["a", "abcd"]],
    "a reference that leads nowhere": [{ $ref: "#/components/schemas/gone" }, [], ["x"]],
    "date-time": [
      { type: "string", format: "date-time" },
      ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+01:00"],
      ["2026-01-01", "now"],
    ],
    uri: [{ type: "string", format: "uri" }, ["https://x.example/a{/b}"], ["x/y"]],
    items: [{ type: "array", items: text }, [[], ["a"]], [["a", 1], "a"]],
    members: [
      { type: "object", required: ["a"], properties: { a: text }, maxProperties: 2 },
      [{ a: "x" }, { a: "x", b: 1 }],
      [{}, { a: 1 }, { b: 1 }, { a: "x", b: 1, c: 1 }],
    ],
    "no other members": [{ type: "object", properties: { a: text }, additionalProperties: false }, [{}], [{ b: 1 }]],
    "other members of one kind": [{ type: "object", additionalProperties: text }, [{ b: "x" }], [{ b: 1 }]],
    oneOf: [{ oneOf: [{ type: "integer" }, text] }, [1, "a"], [true, null]],
    anyOf: [{ anyOf: [{ type: "integer" }, { ...text, nullable: true }] }, [1, null], [true]],
    allOf: [{ allOf: [text, { minLength: 2 }] }, ["ab"], ["a", 1]],
    "nullable with a list of values": [{ type: "string", enum: ["a"], nullable: true }, ["a", null], ["b", 1]],
    "nullable with alternatives": [{ anyOf: [text, { type: "integer" }], nullable: true }, ["a", 1, null], [true]],
    "nullable with parts": [
      { type: "object", allOf: [{ required: ["a"] }], nullable: true },
      [null, { a: 1 }],
      [{}, "a"],
    ],
    "nullable without a type": [{ enum: ["a"], nullable: true }, ["a", null], ["b"]],
    "not nullable within": [{ type: "object", properties: { a: text } }, [{}], [{ a: null }]],
    "a member called nullable": [
      { type: "object", properties: { nullable: text, $ref: text, oneOf: text } },
      [{ nullable: "a", $ref: "b", oneOf: "c" }],
      [{ nullable: 1 }, { $ref: 1 }, { oneOf: 1 }],
    ],
    "a nullable reference": [{ $ref: "#/components/schemas/nobody" }, [null, { id: 1 }], [{}, { id: null }]],
    "what stands beside a reference": [{ $ref: "#/components/schemas/nobody", type: "string" }, [{ id: 1 }], ["a"]],
    "a schema within itself": [
      { $ref: "#/components/schemas/tree" },
      [{ leaves: [{ leaves: [] }] }],
      [{ leaves: [{ leaves: [1] }] }],
    ],
    "a reference within that leads nowhere": [{ $ref: "#/components/schemas/torn" }, [], [{}, { a: 1 }]],
    "oneOf of which several fit": [{ oneOf: [{ type: "number" }, { type: "integer" }] }, [1, 1.5], ["a"]],
    "oneOf and anyOf": [{ oneOf: [text], anyOf: [{ enum: ["a"] }] }, ["a"], ["b", 1]],
    "oneOf in a list": [{ type: "array", items: { oneOf: [{ type: "number" }, { type: "integer" }] } }, [[1]], [["a"]]],
    not: [{ not: { $ref: "#/components/schemas/name" } }, ["a", 1], ["ab"]],
    pattern: [{ type: "string", pattern: "^\\w\\-\\w$" }, ["a-b"], ["a b"]],
    "items of a list": [{ type: "array", minItems: 1, uniqueItems: true }, [["a"]], [[], ["a", "a"]]],
    "what is no JSON Schema": [{ ...text, example: 1, "x-github": {} } as JsonSchema, ["a"], [1]],
    "a format that nobody knows": [{ ...text, format: "repo.nwo" }, ["a"], [1]],
    int64: [{ type: "integer", format: "int64" }, [1, 9_007_199_254_740_991], [1.5]],
    "nothing about it": [{}, [null, 1, "a", {}], []],
  };
  const check = createSchemaCheck(schemas);
  for (const [name, [schema, good, bad]] of Object.entries(cases)) {
    it(name, () => {
      for (const value of good) expect([value, check(value, { schema, path: "value" })]).toEqual([value, []]);
      for (const value of bad) expect([value, check(value, { schema, path: "value" })]).not.toEqual([value, []]);
    });
  }

  it("says where and what, for every place", () => {
    const schema: JsonSchema = {
      type: "object",
      required: ["id"],
      additionalProperties: false,
      properties: {
        jobs: { type: "array", items: { type: "object", properties: { name: { type: "string", nullable: true } } } },
        "a/b": { enum: ["x"] },
        at: { type: "string", format: "date-time" },
      },
    };
    const value = { jobs: [{ name: "x" }, { name: 1 }], "a/b": 2, at: "now", more: true };
    expect(check(value, { schema, path: "GET /x 200" }).toSorted()).toEqual([
      "GET /x 200.a/b may not be 2",
      "GET /x 200.at is no date-time",
      "GET /x 200.id is missing",
      "GET /x 200.jobs[1].name is integer, not string or null",
      "GET /x 200.more is not in the description",
    ]);
  });
});
