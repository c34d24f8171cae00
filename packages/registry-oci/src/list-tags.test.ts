import { parseInstant } from "@bayplan/core";
import { createEmbeddedRegistry, createVirtualClock, serve } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { manifestOf, ociError, type Script, startScripted } from "./testing/scripted-registry.ts";

const link = (target: string) => ({ link: `<${target}>; rel="next"` });
const tags = (list: readonly string[] | null, headers: Record<string, string> = {}) =>
  Response.json({ name: "a/b", tags: list }, { headers });

async function list(script: Script, options: { maxPages?: number } = {}) {
  await using scripted = await startScripted(script, options);
  const found: string[] = [];
  try {
    for await (const tag of scripted.registry.listTags({ registry: scripted.host, repository: "a/b" })) found.push(tag);
  } catch (error) {
    return { found, code: (error as { code: string }).code, requests: scripted.seen.length };
  }
  return { found, requests: scripted.seen.length, paths: scripted.seen.map((request) => request.path) };
}

it("follows three pages although the second fails once", async () => {
  const answers = [
    () => tags(["a", "b"], link("/v2/a/b/tags/list?n=1000&last=b")),
    () => new Response(null, { status: 503 }),
    () => tags(["c", "b"], link("list?page=3")),
    () => tags(["d"]),
  ];
  expect(await list((_, index) => answers[index]?.() ?? tags([]))).toEqual({
    found: ["a", "b", "c", "d"],
    requests: 4,
    paths: [
      "/v2/a/b/tags/list?n=1000",
      "/v2/a/b/tags/list?n=1000&last=b",
      "/v2/a/b/tags/list?n=1000&last=b",
      "/v2/a/b/tags/list?page=3",
    ],
  });
});

it.each([
  ["no tags as null", () => tags(null), { found: [] }],
  [
    "other relations and several links",
    () => tags(["a"], { link: '</x>; rel="prev", </y>; rel="last"' }),
    { found: ["a"] },
  ],
  ["an unknown repository", () => ociError(404, "NAME_UNKNOWN"), { code: "NOT_FOUND" }],
  [
    "a page",
    () => new Response("<html>", { status: 404, headers: { "content-type": "text/html" } }),
    { code: "RESPONSE_INVALID" },
  ],
  ["no list", () => Response.json({ tags: "a" }), { code: "RESPONSE_INVALID" }],
  ["no JSON", () => new Response("a"), { code: "RESPONSE_INVALID" }],
  ["a link to itself", () => tags(["a"], link("?n=1000")), { code: "RESPONSE_INVALID", requests: 1 }],
  [
    "a link to another origin",
    () => tags(["a"], link("https://elsewhere.invalid/v2/a/b/tags/list")),
    { code: "RESPONSE_INVALID", requests: 1 },
  ],
  [
    "a link to another port",
    () => tags(["a"], link("http://127.0.0.1:1/v2/a/b/tags/list")),
    { code: "RESPONSE_INVALID", requests: 1 },
  ],
  ["a refusal", () => ociError(403, "DENIED"), { code: "DENIED" }],
])("%s", async (_, answer, expected) => {
  expect(await list(answer)).toMatchObject(expected);
});

it("notices pages that lead round in a circle or never end", async () => {
  const circle: Script = (request) => tags([request.path], link(request.path.endsWith("1") ? "?p=2" : "?p=1"));
  expect(await list(circle)).toMatchObject({ code: "RESPONSE_INVALID", requests: 3 });
  expect(await list((_, index) => tags([`${index}`], link(`?p=${index}`)), { maxPages: 7 })).toMatchObject({
    code: "RESPONSE_INVALID",
    requests: 7,
  });
});

it("says INCOMPLETE when the repository vanishes half-way", async () => {
  const script: Script = (_, index) => (index === 0 ? tags(["a"], link("?p=2")) : ociError(404, "NAME_UNKNOWN"));
  expect(await list(script)).toMatchObject({ found: ["a"], code: "INCOMPLETE" });
});

it("stops between two tags and between two pages when cancelled", async () => {
  await using scripted = await startScripted((_, index) => tags([`${index}a`, `${index}b`], link(`?p=${index}`)));
  const controller = new AbortController();
  const found: string[] = [];
  const listing = async () => {
    for await (const tag of scripted.registry.listTags(
      { registry: scripted.host, repository: "a/b" },
      { signal: controller.signal },
    )) {
      found.push(tag);
      if (found.length === 4) controller.abort();
    }
  };
  await expect(listing()).rejects.toMatchObject({ code: "CANCELLED" });
  expect([found.length, scripted.seen.length]).toEqual([4, 2]);
});

it("renews a token that expires in the middle of a listing", async () => {
  const start = parseInstant("2026-11-21T02:00:00Z");
  const serverClock = createVirtualClock({ start });
  const users = { bayplan: "dummy-password" };
  const embedded = createEmbeddedRegistry({
    pageSize: 2,
    clock: serverClock,
    auth: { kind: "bearer", users, tokenLifetimeMs: 300_000 },
  });
  const served = await serve(embedded.fetch);
  // The client's clock stands still: it does not see the token expire and has to learn it from the 401.
  const clock = createVirtualClock({ start });
  const credentials = { username: "bayplan", password: "dummy-password" };
  const registry = createOciRegistry({ hosts: [served.host], credentials, clock });
  const name = { registry: served.host, repository: "a/b" };
  const { bytes, descriptor } = manifestOf("x");
  const config = new TextEncoder().encode("x");
  const blob = { ...descriptor, digest: JSON.parse(new TextDecoder().decode(bytes)).config.digest, size: 1 };
  await registry.putBlob(name, blob, ReadableStream.from([config]));
  await registry.putManifest(name, { bytes, descriptor });
  for (const tag of ["a", "b", "c", "d", "e"]) {
    await registry.tag({ ...name, kind: "digest", digest: descriptor.digest }, tag, { absent: true });
  }
  const before = embedded.log.length;
  const found: string[] = [];
  for await (const tag of registry.listTags(name)) {
    found.push(tag);
    if (tag === "b") await serverClock.advance(400_000);
  }
  expect(found).toEqual(["a", "b", "c", "d", "e"]);
  expect(embedded.log.slice(before).map((request) => request.status)).toEqual([200, 401, 200, 200, 200]);
  await registry.close();
  await served.close();
});

it.each([["2"], ["Thu, 01 Jan 2026 00:00:02 GMT"]])("waits as long as Retry-After %s asks", async (retryAfter) => {
  const times: string[] = [];
  await using scripted = await startScripted((_, index) => {
    times.push(scripted.clock.now());
    return index === 0 ? new Response(null, { status: 429, headers: { "retry-after": retryAfter } }) : tags(["a"]);
  });
  for await (const tag of scripted.registry.listTags({ registry: scripted.host, repository: "a/b" }))
    expect(tag).toBe("a");
  expect(times).toEqual(["2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z"]);
});
