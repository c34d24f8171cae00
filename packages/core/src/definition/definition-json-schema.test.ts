import { describe, expect, it } from "vitest";
import { minimal } from "../testing/definitions.ts";
import { definitionJsonSchema } from "./definition-json-schema.ts";
import { parseDefinition } from "./parse-definition.ts";
import { documentKeys } from "./schema.ts";

describe("definitionJsonSchema", () => {
  const text = `${JSON.stringify(definitionJsonSchema(), undefined, 2)}\n`;

  it("is the committed file; `vitest run -u` on this file writes it", async () => {
    await expect(text).toMatchFileSnapshot("../../../../docs/schema/bayplan.schema.json");
  });

  it("knows every key of the document and refers to nothing outside", () => {
    const schema = definitionJsonSchema() as { readonly properties: object; readonly $defs: object };
    expect(Object.keys(schema.properties).sort()).toEqual([...(documentKeys[""] ?? [])].sort());
    const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, target]) => target ?? "");
    expect(references.length).toBeGreaterThan(0);
    for (const target of references) expect(Object.keys(schema.$defs)).toContain(target.replace("#/$defs/", ""));
  });

  it("stays small enough for an editor", () => {
    expect(text.length).toBeLessThan(150_000);
  });
});

describe("a definition is plain JSON", () => {
  it("whatever carries it: what JSON gives back is the same family", () => {
    const document = { $schema: "x", ...minimal, args: { A: "1" }, retention: { rules: [] } };
    expect(parseDefinition(JSON.parse(JSON.stringify(document)))).toEqual(parseDefinition(document));
  });
});
