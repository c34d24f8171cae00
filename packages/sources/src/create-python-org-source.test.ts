import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createPythonOrgSource } from "./create-python-org-source.ts";
import { all, json, scriptedFetch } from "./testing/scripted-fetch.ts";

// The shape of https://www.python.org/api/v2/downloads/release/, fields that are not used included.
const release = (name: string, change: Record<string, unknown> = {}) => ({
  name,
  slug: name.toLowerCase().replaceAll(/[ .]/g, ""),
  version: 3,
  is_published: true,
  is_latest: false,
  release_date: "2026-02-03T17:34:11Z",
  pre_release: false,
  release_page: null,
  release_notes_url: "",
  show_on_download_page: true,
  resource_uri: "https://www.python.org/api/v2/downloads/release/1/",
  ...change,
});

function createSource(answer: () => Response) {
  const clock = createVirtualClock({ auto: true });
  const { fetch, sent } = scriptedFetch(answer);
  return { source: createPythonOrgSource({ fetch, clock }), sent, clock };
}

describe("createPythonOrgSource", () => {
  it("gives the releases of Python with date and flag, as they are named and in the order of the site", async () => {
    const { source, sent } = createSource(() =>
      json([
        release("Python 3.14.3"),
        release("Python install manager 25.0", { version: 100 }),
        release("Python 3.15.0a5", { pre_release: true, release_date: "2026-01-14T00:00:00" }),
        release("Python 3.9.0", { is_published: false }),
        release("Python 3.10.1", { release_date: null }),
        release("Python 3.14.3"),
      ]),
    );
    const listing = source.list();
    expect(await all(listing)).toEqual([
      { raw: "3.14.3", releasedAt: "2026-02-03T17:34:11Z", prerelease: false },
      { raw: "3.15.0a5", releasedAt: "2026-01-14T00:00:00Z", prerelease: true },
      { raw: "3.10.1", prerelease: false },
    ]);
    expect(listing.completeness()).toEqual({ truncated: false });
    expect(source.id).toBe("python.org");
    expect(sent.map(({ url }) => url.href)).toEqual([
      "https://www.python.org/api/v2/downloads/release/?is_published=true",
    ]);
  });

  it("takes the stricter of two flags for one version", async () => {
    const { source } = createSource(() => json([release("Python 3.1"), release("Python 3.1", { pre_release: true })]));
    expect(await all(source.list())).toMatchObject([{ raw: "3.1", prerelease: true }]);
  });

  it.each([{}, { meta: { limit: 20, next: null } }])("reads the envelope of version 1 %j", async (envelope) => {
    const { source } = createSource(() => json({ ...envelope, objects: [release("Python 3.14.3")] }));
    const listing = source.list();
    expect(await all(listing)).toMatchObject([{ raw: "3.14.3" }]);
    expect(listing.completeness()).toEqual({ truncated: false });
  });

  it.each([
    ["1", { meta: { next: "/api/v1/downloads/release/?offset=20" }, objects: [release("Python 3.14.3")] }],
    ["2", { next: "https://www.python.org/api/v2/?page=2", results: [release("Python 3.14.3")] }],
  ])("reads the next page, where version %s of the API has one", async (_, first) => {
    const { source, sent } = createSource(() => json(sent.length === 1 ? first : [release("Python 3.14.2")]));
    expect((await all(source.list())).map(({ raw }) => raw)).toEqual(["3.14.3", "3.14.2"]);
  });

  it.each<[string, () => Response]>([
    ["no JSON", () => new Response("<html>")],
    ["an empty body", () => new Response("")],
    ["an object", () => json({ detail: "?" })],
    ["null", () => json(null)],
    ["half the text", () => new Response('[{"name": "Python 3.1')],
    ["bytes that are no text", () => new Response(new Uint8Array([0xff, 0x5b]))],
  ])("is RESPONSE_INVALID for %s", async (_, answer) => {
    const listing = createSource(answer).source.list();
    await expect(all(listing)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
    expect(() => listing.completeness()).toThrow(expect.objectContaining({ code: "INCOMPLETE" }));
  });

  it("takes a row without the flag, as other versions of the API have them", async () => {
    const { source } = createSource(() => json([release("Python 3.2rc1", { pre_release: undefined })]));
    expect((await all(source.list())).map(({ raw }) => raw)).toEqual(["3.2rc1"]);
  });

  it.each([
    [{ name: undefined }, "[1].name"],
    [{ pre_release: "no" }, "[1].pre_release"],
    [{ release_date: "yesterday" }, "[1].release_date"],
  ])("names the row that it does not understand: %j", async (change, path) => {
    const { source } = createSource(() => json([release("Python 3.1"), release("Python 3.2", change)]));
    await expect(all(source.list())).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      problems: [expect.objectContaining({ path })],
    });
  });

  it("says how long the day's throttle lasts, without waiting for it", async () => {
    const { source, sent } = createSource(
      () =>
        new Response('{"detail":"Request was throttled. Expected available in 42578 seconds."}', {
          status: 429,
          headers: { "retry-after": "42578" },
        }),
    );
    await expect(all(source.list())).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 42_578_000 });
    expect(sent).toHaveLength(1);
  });

  it("reads the wait from the sentence where a proxy dropped the header", async () => {
    const sentence = '{"detail":"Request was throttled. Expected available in 42578 seconds."}';
    const { source } = createSource(() => new Response(sentence, { status: 429 }));
    await expect(all(source.list())).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 42_578_000 });
  });

  it("spends at most 96 of a day's 100 requests, however often it is asked", async () => {
    const { source, sent, clock } = createSource(() => json([release("Python 3.14.3")]));
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      expect(await all(source.list())).toHaveLength(1);
      await clock.advance(300_000);
    }
    expect(sent.length).toBeLessThanOrEqual(96);
  });

  it("gives the last list and its age while it is throttled", async () => {
    let isThrottled = false;
    const { source, clock } = createSource(() =>
      isThrottled
        ? new Response("", { status: 429, headers: { "retry-after": "42578" } })
        : json([release("Python 3.14.3")]),
    );
    const readAt = clock.now();
    await all(source.list());
    isThrottled = true;
    await clock.advance(7_200_000);
    const listing = source.list();
    expect(await all(listing)).toMatchObject([{ raw: "3.14.3" }]);
    expect(listing.completeness()).toMatchObject({ staleSince: readAt, failures: [{ error: "RATE_LIMITED" }] });
  });

  it("waits for a short throttle", async () => {
    let answers = 0;
    const { source, clock } = createSource(() =>
      answers++ === 0 ? new Response("", { status: 429, headers: { "retry-after": "7" } }) : json([]),
    );
    const start = Date.parse(clock.now());
    expect(await all(source.list())).toEqual([]);
    expect(Date.parse(clock.now()) - start).toBeGreaterThanOrEqual(7000);
  });

  it.each([
    [404, "NOT_FOUND"],
    [403, "DENIED"],
    [500, "UNAVAILABLE"],
  ])("is never an empty list after %s", async (status, code) => {
    const { source } = createSource(() => new Response("[]", { status }));
    await expect(all(source.list())).rejects.toMatchObject({ code });
  });

  it("ends when cancelled", async () => {
    const abort = new AbortController();
    const { fetch } = scriptedFetch(() => new Promise(() => abort.abort()));
    const listing = createPythonOrgSource({ fetch }).list({ signal: abort.signal });
    await expect(all(listing)).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("takes another address", async () => {
    const { fetch, sent } = scriptedFetch(() => json([]));
    await all(createPythonOrgSource({ baseUrl: "https://mirror.example/python/", fetch }).list());
    expect(sent[0]?.url.href).toBe("https://mirror.example/python/api/v2/downloads/release/?is_published=true");
    const create = () => createPythonOrgSource({ baseUrl: "python.org" });
    expect(create).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
