import { parseInstant } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createJsonSource, type JsonSourceOptions } from "./create-json-source.ts";
import { all, json, type ScriptedRequest, scriptedFetch } from "./testing/scripted-fetch.ts";

function createWorld(read: JsonSourceOptions["read"], answer: (request: ScriptedRequest) => Response = () => json({})) {
  const { fetch, sent } = scriptedFetch(answer);
  const clock = createVirtualClock({ auto: true });
  const options = { id: "j", url: "https://j.example/v?x=1", fetch, clock, read };
  return { sent, options, source: createJsonSource(options) };
}

describe("createJsonSource", () => {
  it("gives what the callback finds", async () => {
    const releasedAt = parseInstant("2026-01-01T00:00:00Z");
    const { source } = createWorld(
      (data, { number, url, header }) => {
        const { stable } = data as { stable: string };
        expect([number, url, header("X-Kind")]).toEqual([1, "https://j.example/v?x=1", "k"]);
        return { candidates: [{ raw: stable, releasedAt, lts: true, endOfLife: false }] };
      },
      () => json({ stable: "1.33.1" }, { "x-kind": "k" }),
    );
    expect(await all(source.list())).toEqual([{ raw: "1.33.1", releasedAt, lts: true, endOfLife: false }]);
  });

  it("passes on that the answer was truncated", async () => {
    const listing = createWorld(() => ({ candidates: [{ raw: "1" }], truncated: true })).source.list();
    await all(listing);
    expect(listing.completeness()).toEqual({ truncated: true });
  });

  it("follows a next address, sending headers and authorization to its own origin", async () => {
    const { options, sent } = createWorld((_, { number }) => ({
      candidates: [{ raw: `v${number}` }],
      next: number === 1 ? "/v?page=2" : undefined,
    }));
    const source = createJsonSource({ ...options, authorization: "Bearer s", headers: { "x-a": "b" } });
    expect(await all(source.list())).toHaveLength(2);
    expect(sent.map(({ headers }) => [headers["authorization"], headers["x-a"]])).toEqual([
      ["Bearer s", "b"],
      ["Bearer s", "b"],
    ]);
  });

  it.each<[string, JsonSourceOptions["read"]]>([
    [
      "throws",
      () => {
        throw new TypeError("no such member");
      },
    ],
    ["gives no list", () => ({ candidates: undefined as never })],
    ["gives a number", () => ({ candidates: [{ raw: 3.1 as never }] })],
    ["gives an empty text", () => ({ candidates: [{ raw: "" }] })],
    ["gives a time that is none", () => ({ candidates: [{ raw: "1", releasedAt: "soon" as never }] })],
  ])("fails with RESPONSE_INVALID when the callback %s", async (_, read) => {
    await expect(all(createWorld(read).source.list())).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("uses no validator where only headers tell of a next page", async () => {
    const page = json({}, { etag: '"a"' });
    const { source, sent } = createWorld(
      (_, { header }) => ({ candidates: [], next: header("x-next") }),
      () => page.clone(),
    );
    await all(source.list());
    await all(source.list());
    expect(sent[1]?.headers).not.toHaveProperty("if-none-match");
  });

  it.each([{ url: "ftp://x" }, { url: "x" }, { maxPages: 0 }, { maxBytes: 0 }])("refuses %j", (change) => {
    const { options } = createWorld(() => ({ candidates: [] }));
    expect(() => createJsonSource({ ...options, ...change })).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });
});
