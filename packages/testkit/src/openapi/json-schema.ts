/** What of JSON Schema OpenAPI 3.0 descriptions of REST APIs use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** What {@link schemaViolations} needs beside the value. */
export interface SchemaCheck {
  readonly schema: JsonSchema;
  /** By the last part of their `$ref`. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** Where the value is, for the words. */
  readonly path: string;
}

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text),
  uri: (text) => URL.canParse(text.replace(/\{[^}]*\}/g, "")),
};

/** Every place where the value is not what the schema says, in words. */
export function schemaViolations(value: unknown, check: SchemaCheck): readonly string[] {
  const { schema, schemas, path } = check;
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    const found = schemas[name];
    return found === undefined
      ? [`${path}: there is no schema ${name}`]
      : schemaViolations(value, { ...check, schema: found });
  }
  if (value === null)
    return schema.nullable === true || schema.type === "null" ? [] : alternatives(value, check, `${path} is null`);
  const type = typeOf(value);
  const isType = schema.type === undefined || schema.type === type || (schema.type === "number" && type === "integer");
  if (!isType) return [`${path} is ${type}, not ${schema.type}`];
  return [
    ...(schema.enum === undefined || schema.enum.includes(value) ? [] : [`${path} may not be ${String(value)}`]),
    ...alternatives(value, check),
    ...(schema.allOf ?? []).flatMap((one) => schemaViolations(value, { ...check, schema: one })),
    ...inside(value, check),
  ];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function alternatives(value: unknown, check: SchemaCheck, otherwise?: string): readonly string[] {
  const { oneOf, anyOf } = check.schema;
  const matches = (schemas: readonly JsonSchema[]): number =>
    schemas.filter((schema) => schemaViolations(value, { ...check, schema }).length === 0).length;
  const found: string[] = [];
  if (anyOf !== undefined && matches(anyOf) === 0) found.push(`${check.path} is none of what it may be`);
  // Some descriptions list overlapping alternatives, such as integer and any text of digits: one is enough.
  if (oneOf !== undefined && matches(oneOf) === 0) found.push(`${check.path} is none of what it may be`);
  if (oneOf === undefined && anyOf === undefined && otherwise !== undefined) found.push(otherwise);
  return found;
}

function inside(value: unknown, check: SchemaCheck): readonly string[] {
  const { schema, path } = check;
  if (typeof value === "string") return textViolations(value, check);
  if (typeof value === "number") {
    const isLow = schema.minimum !== undefined && value < schema.minimum;
    const isHigh = schema.maximum !== undefined && value > schema.maximum;
    return isLow || isHigh ? [`${path} is ${value}, out of its range`] : [];
  }
  if (Array.isArray(value)) {
    const items = schema.items ?? {};
    return value.flatMap((item, index) =>
      schemaViolations(item, { ...check, schema: items, path: `${path}[${index}]` }),
    );
  }
  return typeof value === "object" && value !== null ? memberViolations(Object.entries(value), check) : [];
}

function textViolations(text: string, { schema, path }: SchemaCheck): readonly string[] {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, format } = schema;
  const found: string[] = [];
  if (text.length < minLength || text.length > maxLength) found.push(`${path} has ${text.length} characters`);
  if (format !== undefined && formats[format]?.(text) === false) found.push(`${path} is no ${format}`);
  return found;
}

function memberViolations(members: readonly (readonly [string, unknown])[], check: SchemaCheck): readonly string[] {
  const { schema, path } = check;
  const {
    properties = {},
    required = [],
    additionalProperties = true,
    maxProperties = Number.POSITIVE_INFINITY,
  } = schema;
  const given = new Set(members.map(([name]) => name));
  const found = required.filter((name) => !given.has(name)).map((name) => `${path}.${name} is missing`);
  if (members.length > maxProperties) found.push(`${path} has ${members.length} members`);
  for (const [name, member] of members) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const other = additionalProperties === true ? {} : additionalProperties;
    if (own === undefined && other === false) found.push(`${path}.${name} is not in the description`);
    else
      found.push(
        ...schemaViolations(member, { ...check, schema: own ?? (other as JsonSchema), path: `${path}.${name}` }),
      );
  }
  return found;
}
