import type { JsonSchema } from "./json-schema.ts";

/** A schema of draft 7, which validators read. */
export type Draft7Schema = Readonly<Record<string, unknown>>;

/**
 * What an OpenAPI 3.0 schema means, as a schema of draft 7. `nullable` becomes a type; what stands beside a `$ref` is
 * dropped, as OpenAPI says; `oneOf` becomes `anyOf`, because descriptions list alternatives that overlap, such as an
 * integer and any text or number.
 *
 * @param base - What stands before the `#` of references, for schemas that are checked apart from their description.
 * @see https://github.com/OAI/OpenAPI-Specification/blob/3.0.3/versions/3.0.3.md#schema-object
 */
export function fromOpenApiSchema(schema: JsonSchema, base: string): Draft7Schema {
  const { $ref, nullable, oneOf, anyOf, allOf, not, items, properties, additionalProperties, ...rest } = schema;
  if ($ref !== undefined) return { $ref: $ref.startsWith("#") ? `${base}${$ref}` : $ref };
  const each = (schemas: readonly JsonSchema[]) => schemas.map((one) => fromOpenApiSchema(one, base));
  const alternatives = [oneOf, anyOf].flatMap((schemas) => (schemas === undefined ? [] : [{ anyOf: each(schemas) }]));
  const all = [...alternatives, ...each(allOf ?? [])];
  const converted: Draft7Schema = {
    ...rest,
    ...(all.length === 0 ? {} : { allOf: all }),
    ...(not === undefined ? {} : { not: fromOpenApiSchema(not, base) }),
    ...(items === undefined ? {} : { items: fromOpenApiSchema(items, base) }),
    ...(properties === undefined ? {} : { properties: fromOpenApiSchemas(properties, base) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: othersOf(additionalProperties, base) }),
  };
  return nullable === true ? orNull(converted) : converted;
}

/** The same for schemas by name. */
export function fromOpenApiSchemas(
  schemas: Readonly<Record<string, JsonSchema>>,
  base: string,
): Readonly<Record<string, Draft7Schema>> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, fromOpenApiSchema(schema, base)]));
}

function othersOf(others: boolean | JsonSchema, base: string): boolean | Draft7Schema {
  return typeof others === "boolean" ? others : fromOpenApiSchema(others, base);
}

// A second type says more in an error than an alternative, but only where nothing else could refuse null.
function orNull(schema: Draft7Schema): Draft7Schema {
  const { type, allOf, not, enum: values, ...rest } = schema;
  if (typeof type !== "string" || allOf !== undefined || not !== undefined) {
    return { anyOf: [{ type: "null" }, schema] };
  }
  return { ...rest, type: [type, "null"], ...(Array.isArray(values) ? { enum: [...values, null] } : {}) };
}
