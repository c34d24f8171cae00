import type { JsonSchema } from "./json-schema.ts";
import { createSchemaCheck } from "./schema-check.ts";

interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: string;
  readonly required?: boolean;
  readonly schema?: JsonSchema;
}

interface Content {
  readonly "application/json"?: { readonly schema?: JsonSchema };
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly $ref?: string; readonly content?: Content }>>;
}

/** An OpenAPI 3.0 description, as far as it is used. */
export interface OpenApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: {
    readonly schemas?: Readonly<Record<string, JsonSchema>>;
    readonly parameters?: Readonly<Record<string, Parameter>>;
    readonly responses?: Readonly<Record<string, { readonly content?: Content }>>;
  };
}

/** What {@link createOpenApiCheck} is told beside the description. */
export interface OpenApiCheckOptions {
  /** What stands before the paths, for example `/api/v3`. Default nothing. */
  readonly prefix?: string;
  /**
   * Whether a status that the description does not list for an operation, below 400 or for refusals, counts. Default
   * `below-400`: descriptions list few refusals.
   */
  readonly undescribed?: "all" | "below-400";
}

/** Holds requests and answers against the description. */
export interface OpenApiCheck {
  /** Every deviation so far, in words. */
  readonly violations: readonly string[];
  /** Operations that were asked for, each once: `GET /repos/{owner}/{repo}/actions/runs`. */
  readonly operations: readonly string[];
  /** Requests to what the description does not know, as method and path. They are not checked. */
  readonly unknown: readonly string[];
  /** Checks both; the bodies are read from clones. */
  exchange(request: Request, response: Response): Promise<void>;
  /** A `fetch` whose requests and answers are checked. What it rejects with is not. */
  watch(
    fetch: (request: Request) => Promise<Response>,
  ): (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
}

/** Checks method, path and query parameters, bodies and statuses of what is sent and answered. */
export function createOpenApiCheck(description: OpenApiDescription, options: OpenApiCheckOptions = {}): OpenApiCheck {
  const { prefix = "", undescribed = "below-400" } = options;
  const violationsOf = createSchemaCheck(description.components?.schemas ?? {});
  const violations: string[] = [];
  const operations = new Set<string>();
  const unknown: string[] = [];
  const templates = Object.entries(description.paths).map(([path, methods]) => ({
    path,
    methods,
    parts: path.split("/"),
  }));

  function find(method: string, path: string) {
    const given = path.split("/");
    for (const { path: template, methods, parts } of templates) {
      const operation = methods[method.toLowerCase()];
      const isAt = parts.length === given.length && parts.every((part, index) => isPart(part, given[index] ?? ""));
      if (operation !== undefined && isAt) return { template, operation, values: valuesOf(parts, given) };
    }
    return undefined;
  }

  function checkParameters(operation: Operation, values: Given, where: string): void {
    const known = (operation.parameters ?? []).map((one) => resolve(one, description.components?.parameters));
    for (const { name = "", in: place = "", required = false, schema = anything } of known) {
      const given = place === "path" ? values.path[name] : (values.query.get(name) ?? undefined);
      if (given === undefined && required && place !== "header") violations.push(`${where}: ${name} is missing`);
      if (given === undefined || name === "created") continue; // `created` is a search, although described as a time
      const path = `${where} ${place} ${name}`;
      const found = readings(given).map((value) => violationsOf(value, { schema, path }));
      if (!found.some((one) => one.length === 0)) violations.push(...(found[0] ?? []));
    }
    for (const name of values.query.keys()) {
      const isKnown = known.some((one) => one.in === "query" && one.name === name);
      if (!isKnown) violations.push(`${where}: the description has no query parameter ${name}`);
    }
  }

  async function checkBody(message: Request | Response, content: Content | undefined, where: string): Promise<void> {
    const text = await message.clone().text();
    const schema = content?.["application/json"]?.schema;
    if (schema === undefined) {
      if (text !== "") violations.push(`${where} has a body that is not described`);
      return;
    }
    if (text === "") return void violations.push(`${where} has no body`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return void violations.push(`${where} is no JSON`);
    }
    violations.push(...violationsOf(value, { schema, path: where }));
  }

  const check: OpenApiCheck = {
    violations,
    unknown,
    get operations() {
      return [...operations];
    },
    watch: (fetch) => async (input, init) => {
      const request = new Request(input, init);
      const sent = request.clone();
      const response = await fetch(request);
      await check.exchange(sent, response);
      return response;
    },
    async exchange(request, response) {
      const url = new URL(request.url);
      const path = url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) : url.pathname;
      const found = find(request.method, path);
      if (found === undefined) return void unknown.push(`${request.method} ${path}`);
      const { template, operation, values } = found;
      const name = `${request.method} ${template}`;
      operations.add(name);
      // What was sent wrong is the client's fault only if the server did not refuse it.
      if (response.status < 400) {
        checkParameters(operation, { path: values, query: url.searchParams }, name);
        const content = operation.requestBody?.content;
        const sent = await request.clone().text();
        if (sent !== "" || operation.requestBody?.required === true)
          await checkBody(request, content, `${name} request`);
      }
      const described = operation.responses?.[String(response.status)];
      // 304 answers a condition, which descriptions of GitHub's API leave out.
      if (response.status === 304) return;
      if (described !== undefined) {
        const { content } = resolve(described, description.components?.responses);
        return checkBody(response, content, `${name} ${response.status}`);
      }
      if (response.status < 400 || undescribed === "all")
        violations.push(`${name}: ${response.status} is not described`);
    },
  };
  return check;
}

const anything: JsonSchema = {};

interface Given {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

function isPart(template: string, given: string): boolean {
  return template.startsWith("{") ? given !== "" : template === given;
}

function valuesOf(parts: readonly string[], given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = parts.flatMap((part, index) =>
    part.startsWith("{") ? [[part.slice(1, -1), decodeURIComponent(given[index] ?? "")] as const] : [],
  );
  return Object.fromEntries(pairs);
}

// A text in an address may stand for a number or for true and false.
function readings(text: string): readonly unknown[] {
  if (/^-?\d+$/.test(text)) return [Number(text), text];
  return text === "true" || text === "false" ? [text === "true", text] : [text];
}

function resolve<T extends { readonly $ref?: string }>(value: T, named: Readonly<Record<string, unknown>> = {}): T {
  return value.$ref === undefined ? value : ((named[value.$ref.split("/").at(-1) ?? ""] ?? {}) as T);
}
