import { z } from "zod";
import type { JsonValue } from "../oci/canonical-json.ts";
import { PolicyDocument } from "../retention/schema.ts";
import { FamilyDocument } from "./schema.ts";

/**
 * The JSON Schema of a definition, for editors: `$schema` in a JSON file, or `# yaml-language-server: $schema=…` in a YAML
 * file. It knows the shape; that names exist and rules make sense is only known to `parseDefinition`.
 */
export function definitionJsonSchema(): JsonValue {
  const document = FamilyDocument.partial({ repository: true, version: true, images: true, tags: true }).extend({
    // Resolved before the rest is checked, so what is needed may stand in another document.
    extends: z.union([z.string(), z.array(z.string())]).exactOptional(),
    retention: PolicyDocument.exactOptional(),
  });
  // Functions, which no document has, become "anything".
  const schema = z.toJSONSchema(document, { io: "input", reused: "ref", unrepresentable: "any" });
  return { title: "Bayplan definition", ...(schema as { readonly [key: string]: JsonValue }) };
}
