import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import ajvFormats from "ajv-formats";
import { fromOpenApiSchema, fromOpenApiSchemas } from "./from-openapi-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

/** What a value is held against. */
export interface SchemaCheckTarget {
  readonly schema: JsonSchema;
  /** Where the value is, for the words. */
  readonly path: string;
}

/** Every place where the value is not what the schema says, in words. */
export type SchemaCheck = (value: unknown, target: SchemaCheckTarget) => readonly string[];

/**
 * Checks values against schemas of an OpenAPI 3.0 description, whose `schemas` are those that a `$ref` may name. A
 * schema that cannot be used, for example because a reference leads nowhere, is a violation of every value.
 */
export function createSchemaCheck(schemas: Readonly<Record<string, JsonSchema>>): SchemaCheck {
  const ajv = createAjv();
  ajv.addSchema({ $id: root, components: { schemas: fromOpenApiSchemas(schemas, root) } });
  const compiled = new WeakMap<JsonSchema, ValidateFunction>();

  function compile(schema: JsonSchema): ValidateFunction {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const validate = ajv.compile(fromOpenApiSchema(schema, root));
    compiled.set(schema, validate);
    return validate;
  }

  return (value, { schema, path }) => {
    let validate: ValidateFunction;
    try {
      validate = compile(schema);
    } catch (error) {
      return [`${path} cannot be checked: ${error instanceof Error ? error.message : "its schema is none"}`];
    }
    return validate(value) ? [] : (validate.errors ?? []).map((error) => inWords(error, path));
  };
}

const root = "description";

function createAjv(): Ajv {
  const ajv = new Ajv({
    // Descriptions carry much that is no JSON Schema: `example`, `x-github`.
    strict: false,
    logger: false,
    // Patterns of OpenAPI are without the flag.
    unicodeRegExp: false,
    allErrors: true,
    // Errors then hold the value, which the words are about.
    verbose: true,
  });
  ajvFormats.default(ajv);
  const isUri = ajvFormats.default.get("uri");
  // GitHub calls templates URIs, too: https://api.github.com/users/octo/gists{/gist_id}.
  ajv.addFormat("uri", (text) => typeof isUri === "function" && isUri(text.replace(/\{[^{}]*\}/g, "")));
  return ajv;
}

function inWords({ keyword, params, instancePath, data, message }: ErrorObject, path: string): string {
  const place = `${path}${placeOf(instancePath)}`;
  switch (keyword) {
    case "type":
      return `${place} is ${typeOf(data)}, not ${[params["type"]].flat().join(" or ")}`;
    case "required":
      return `${place}.${params["missingProperty"]} is missing`;
    case "additionalProperties":
      return `${place}.${params["additionalProperty"]} is not in the description`;
    case "enum":
      return `${place} may not be ${String(data)}`;
    case "anyOf":
      return `${place} is none of what it may be`;
    case "format":
      return `${place} is no ${params["format"]}`;
    default:
      return `${place} ${message ?? `breaks ${keyword}`}`;
  }
}

/** `/jobs/0/name` as `.jobs[0].name`. */
function placeOf(instancePath: string): string {
  const parts = instancePath.split("/").slice(1);
  return parts
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join("");
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}
