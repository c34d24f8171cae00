import { parseInstant } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createEndOfLifeSource, type EndOfLifeSourceOptions } from "./create-endoflife-source.ts";
import { all, json, scriptedFetch } from "./testing/scripted-fetch.ts";

const cycle = (change: Record<string, unknown> = {}) => ({
  name: "3.14",
  releaseDate: "2025-10-07",
  isLts: false,
  ltsFrom: null,
  isEol: false,
  eolFrom: null,
  isMaintained: true,
  latest: { name: "3.14.3", date: "2026-02-03", link: null },
  ...change,
});

function createWorld(releases: readonly unknown[], options: Partial<EndOfLifeSourceOptions> = {}) {
  const clock = createVirtualClock({ auto: true, start: parseInstant("2026-06-01T12:00:00Z") });
  const { fetch, sent } = scriptedFetch(({ headers }) =>
    headers["if-none-match"] === '"e"'
      ? new Response(null, { status: 304 })
      : json({ schema_version: "1.2.1", result: { name: "x", releases } }, { etag: '"e"' }),
  );
  return { clock, sent, source: createEndOfLifeSource({ product: "python", fetch, clock, ...options }) };
}

const one = async (change: Record<string, unknown>) => (await all(createWorld([cycle(change)]).source.list()))[0];

describe("createEndOfLifeSource", () => {
  it("gives the newest patch of each cycle with its own date, and the cycle where none is known", async () => {
    const { source, sent } = createWorld([cycle(), cycle({ name: "3.15", latest: null })]);
    expect(await all(source.list())).toEqual([
      { raw: "3.14.3", releasedAt: "2026-02-03T00:00:00Z", endOfLife: false, lts: false },
      { raw: "3.15", releasedAt: "2025-10-07T00:00:00Z", endOfLife: false, lts: false },
    ]);
    expect(sent.map(({ url }) => url.href)).toEqual(["https://endoflife.date/api/v1/products/python/"]);
    expect(source.id).toBe("endoflife.date:python");
  });

  it("gives the cycles when it is told to", async () => {
    const { source } = createWorld([cycle()], { list: "cycles" });
    expect(await all(source.list())).toMatchObject([{ raw: "3.14", releasedAt: "2025-10-07T00:00:00Z" }]);
  });

  it.each([
    [{ isLts: true, ltsFrom: "2026-10-01" }, { lts: false }],
    [{ isLts: false, ltsFrom: "2026-05-01" }, { lts: true }],
    [{ isLts: true, ltsFrom: null }, { lts: true }],
    [{ isEol: true, eolFrom: "2026-10-01" }, { endOfLife: false }],
    [{ isEol: false, eolFrom: "2026-06-01" }, { endOfLife: true }],
    [{ isEol: true, eolFrom: null }, { endOfLife: true }],
    [{ isDiscontinued: true }, { deprecated: true }],
  ])("computes from the dates, not from the flags: %j is %j", async (change, expected) => {
    expect(await one(change)).toMatchObject(expected);
  });

  it("says nothing of what the site does not", async () => {
    const candidate = await one({ isLts: undefined, isEol: undefined });
    expect(candidate).not.toHaveProperty("lts");
    expect(candidate).not.toHaveProperty("endOfLife");
  });

  it("computes anew from a page that it kept", async () => {
    const { source, clock, sent } = createWorld([cycle({ eolFrom: "2026-06-03" })]);
    expect(await all(source.list())).toMatchObject([{ endOfLife: false }]);
    await clock.advance(2 * 86_400_000);
    expect(await all(source.list())).toMatchObject([{ endOfLife: true }]);
    expect(sent[1]?.headers["if-none-match"]).toBe('"e"');
  });

  it("understands the page of HTML that says 404", async () => {
    const { fetch } = scriptedFetch(
      () => new Response("<html><script>", { status: 404, headers: { "content-type": "text/html" } }),
    );
    const error: unknown = await all(createEndOfLifeSource({ product: "databricks", fetch }).list()).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: "NOT_FOUND", status: 404 });
    expect(String(error)).not.toContain("<");
  });

  it("follows the redirect of a product that was renamed", async () => {
    const { fetch, sent } = scriptedFetch(({ url }) =>
      url.pathname.includes("/old/")
        ? new Response(null, { status: 301, headers: { location: "/api/v1/products/new/" } })
        : json({ result: { releases: [cycle()] } }),
    );
    expect(await all(createEndOfLifeSource({ product: "old", fetch }).list())).toHaveLength(1);
    expect(sent).toHaveLength(2);
  });

  it.each([{ eolFrom: "soon" }, { name: "" }, { isLts: "2026-01-01" }])("fails for a cycle with %j", async (change) => {
    await expect(one(change)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it.each(["", "a/b", "..", "a b"])("refuses the product %j", (product) => {
    expect(() => createEndOfLifeSource({ product })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
