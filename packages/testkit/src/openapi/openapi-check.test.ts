import { describe, expect, it } from "vitest";
import { createOpenApiCheck, type OpenApiDescription } from "./openapi-check.ts";

const description: OpenApiDescription = {
  paths: {
    "/things/{id}": {
      get: {
        parameters: [
          { $ref: "#/components/parameters/id" },
          { name: "page", in: "query", schema: { type: "integer" } },
          { name: "all", in: "query", schema: { type: "boolean" } },
        ],
        responses: {
          "200": { content: { "application/json": { schema: { type: "object", required: ["id"] } } } },
          "404": { $ref: "#/components/responses/gone" },
        },
      },
      post: {
        requestBody: {
          required: true,
          content: { "application/json": { schema: { type: "object", required: ["to"] } } },
        },
        responses: { "204": {} },
      },
    },
  },
  components: {
    parameters: { id: { name: "id", in: "path", required: true, schema: { type: "integer" } } },
    responses: { gone: { content: { "application/json": { schema: { type: "object", required: ["message"] } } } } },
  },
};

describe("createOpenApiCheck", () => {
  async function violations(
    path: string,
    response: Response,
    init: RequestInit = {},
    undescribed: "all" | "below-400" = "below-400",
  ): Promise<readonly string[]> {
    const check = createOpenApiCheck(description, { prefix: "/api/v3", undescribed });
    const answer = await check.watch(async () => response)(`https://api.example${path}`, init);
    // The answer is handed on unread.
    expect(answer.bodyUsed).toBe(false);
    return [...check.violations, ...check.unknown];
  }
  const good = () => Response.json({ id: 1 });

  it("lets pass what is described", async () => {
    expect(await violations("/things/1?page=2&all=true", good())).toEqual([]);
    expect(await violations("/api/v3/things/1", good())).toEqual([]);
    expect(await violations("/things/1", Response.json({ message: "gone" }, { status: 404 }))).toEqual([]);
    expect(await violations("/things/1", new Response(null, { status: 304 }))).toEqual([]);
    const sent = { method: "POST", body: JSON.stringify({ to: "x" }) };
    expect(await violations("/things/1", new Response(null, { status: 204 }), sent)).toEqual([]);
    expect(await violations("/things/1", new Response(null, { status: 500 }))).toEqual([]);
  });

  it.each<[string, string, () => Response, RequestInit, RegExp]>([
    ["a path parameter", "/things/x", good, {}, /path id is string/],
    ["a query parameter", "/things/1?page=x", good, {}, /query page is string/],
    ["an unknown query parameter", "/things/1?size=3", good, {}, /no query parameter size/],
    ["a body that lacks something", "/things/1", () => Response.json({}), {}, /id is missing/],
    ["a body that is no JSON", "/things/1", () => new Response("<html>"), {}, /no JSON/],
    ["no body", "/things/1", () => new Response(null), {}, /no body/],
    ["a refusal of another shape", "/things/1", () => Response.json({}, { status: 404 }), {}, /message is missing/],
    ["another status", "/things/1", () => Response.json({ id: 1 }, { status: 201 }), {}, /201 is not described/],
    ["a body where none is described", "/things/1", () => Response.json({}), { method: "POST", body: '{"to":1}' }, /./],
    [
      "a request without its body",
      "/things/1",
      () => new Response(null, { status: 204 }),
      { method: "POST" },
      /no body/,
    ],
    [
      "a request whose body lacks something",
      "/things/1",
      () => new Response(null, { status: 204 }),
      { method: "POST", body: "{}" },
      /to is missing/,
    ],
    ["what is not described at all", "/others", good, {}, /^GET \/others$/],
  ])("finds %s", async (_, path, answer, init, expected) => {
    expect(await violations(path, answer(), init)).toContainEqual(expect.stringMatching(expected));
  });

  it("does not blame a server that refused what was sent wrong, and may be strict about refusals", async () => {
    expect(await violations("/things/x", new Response(null, { status: 422 }))).toEqual([]);
    expect(await violations("/things/1", new Response(null, { status: 422 }), {}, "all")).toEqual([
      expect.stringMatching(/422 is not described/),
    ]);
  });
});
