import { expect, it } from "vitest";
import { ImageDocument, IndexDocument } from "./schema.ts";

const million = Array.from({ length: 1_000_000 }, () => 1);

it.each([
  ["manifests", IndexDocument, { schemaVersion: 2, manifests: million }],
  ["layers", ImageDocument, { schemaVersion: 2, config: {}, layers: million }],
  ["annotations", IndexDocument, { schemaVersion: 2, manifests: [], annotations: { ...million } }],
])("describes a document with a million wrong %s by a few problems", (_, schema, document) => {
  // One for each would take gigabytes.
  const parsed = schema.safeParse(document);
  expect(parsed.success).toBe(false);
  expect(parsed.error?.issues.length).toBeLessThanOrEqual(10);
});
