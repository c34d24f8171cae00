import { parseInstant } from "@bayplan/core";
import { createEmbeddedRegistry, createVirtualClock, serve } from "@bayplan/testkit";
import { expect, it } from "vitest";
import type { OciRegistryOptions } from "./create-oci-registry.ts";
import { createOciRegistry } from "./create-oci-registry.ts";
import { manifestOf, ociError, type Script, startScripted } from "./testing/scripted-registry.ts";

const link = (target: string) => ({ link: `<${target}>; rel="next"` });
const tags = (list: readonly string[] | null, headers: Record<string, string> = {}) =>
  Response.json({ name: "a/b", tags: list }, { headers });

async function list(script: Script, options: Partial<OciRegistryOptions> = {}) {
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
  const circle: Script = (request) =>
    tags([request.path.replaceAll(/\W/g, "_")], link(request.path.endsWith("1") ? "?p=2" : "?p=1"));
  expect(await list(circle)).toMatchObject({ code: "RESPONSE_INVALID", requests: 3 });
  expect(await list((_, index) => tags([`${index}`], link(`?p=${index}`)), { maxPages: 7 })).toMatchObject({
    code: "RESPONSE_INVALID",
    requests: 7,
  });
});

/** A registry with these tags, in this order, that knows of `n` and `last` what it is told to; pages begin after `last`. */
const registryWith = (all: readonly string[], knows: { n?: boolean; last?: boolean; link?: boolean }): Script => {
  return ({ path }) => {
    const query = new URL(path, "http://registry.test").searchParams;
    const start = knows.last === true && query.has("last") ? all.indexOf(query.get("last") ?? "") + 1 : 0;
    const page = all.slice(start, knows.n === true ? start + Number(query.get("n")) : undefined);
    const isLast = start + page.length >= all.length;
    return tags(page, knows.link === true && !isLast ? link(`?n=${query.get("n")}&last=${page.at(-1)}`) : {});
  };
};
const letters = ["a", "b", "c", "d", "e"];

it.each([
  ["all pages named, some left over", letters, { n: true, last: true, link: true }, { found: letters, requests: 3 }],
  [
    "all pages named, the last one full",
    letters.slice(0, 4),
    { n: true, last: true, link: true },
    { found: letters.slice(0, 4), requests: 2 },
  ],
  ["no page named, some left over", letters, { n: true, last: true }, { found: letters, requests: 3 }],
  [
    "no page named, the last one full",
    letters.slice(0, 4),
    { n: true, last: true },
    { found: letters.slice(0, 4), requests: 3 },
  ],
  ["fewer tags than asked for", ["a"], { n: true, last: true }, { found: ["a"], requests: 1 }],
  ["everything in one page that is longer than asked for", letters, {}, { found: letters, requests: 1 }],
  ["everything in one page that happens to be full", ["a", "b"], {}, { found: ["a", "b"], requests: 3 }],
  ["a cut page, no next one, `last` ignored", letters, { n: true }, { found: ["a", "b"], code: "INCOMPLETE" }],
  ["a next page that is the first one again", letters, { n: true, link: true }, { code: "RESPONSE_INVALID" }],
] as const)("is complete or says so: %s", async (_, all, knows, expected) => {
  expect({ code: "none", ...(await list(registryWith(all, knows), { pageSize: 2 })) }).toMatchObject({
    code: "none",
    ...expected,
  });
});

it("asks for what follows a full page only once when nothing does, and only with the tag it ended with", async () => {
  const { paths } = await list(registryWith(["a", "b.c"], { n: true, last: true }), { pageSize: 2 });
  expect(paths).toEqual(["/v2/a/b/tags/list?n=2", "/v2/a/b/tags/list?n=2&last=b.c"]);
});

it("ends when what follows a full page only repeats its end", async () => {
  const script: Script = ({ path }) => tags(path.includes("last") ? ["b"] : ["a", "b"]);
  expect(await list(script, { pageSize: 2 })).toMatchObject({ found: ["a", "b"], requests: 2 });
});

it.each([
  ["which names another one", 9],
  ["which names none", 1],
])("does not believe a next page that is the first one again, whatever its address, and %s", async (_, links) => {
  expect(await list((_, index) => tags(["b", "a"], index < links ? link(`?page=${index}`) : {}))).toMatchObject({
    found: ["b", "a"],
    code: "RESPONSE_INVALID",
    requests: 2,
  });
});

it("gives a tag once that stands on two pages in succession, and goes on after a page without new ones", async () => {
  const pages = [["a", "b", "b"], ["b", "c"], ["c"], [], ["d", "c"], ["a"]];
  const script: Script = (_, index) => tags(pages[index] ?? [], index < 5 ? link(`?page=${index}`) : {});
  // What stands further apart is given again: whole listings are not kept in memory.
  expect(await list(script)).toMatchObject({ found: ["a", "b", "c", "d", "c", "a"], requests: 6 });
});

it("takes a page of everything that is larger than any other answer may be", async () => {
  const many = Array.from({ length: 700_000 }, (_, index) => `v${index}.0.0-rc`);
  const listed = await list(() => tags(many));
  expect([listed.found.length, listed.found.at(-1), listed.requests]).toEqual([700_000, "v699999.0.0-rc", 1]);
});

it("refuses a page that has no end", async () => {
  let sentBytes = 0;
  const endless = new ReadableStream({
    pull: (controller) => {
      sentBytes += 1_000_000;
      controller.enqueue(new Uint8Array(1_000_000));
    },
  });
  expect(await list(() => new Response(endless))).toMatchObject({ code: "RESPONSE_INVALID", requests: 1 });
  expect(sentBytes).toBeLessThan(100_000_000);
});

it.each([
  ["Artifactory, which forgets the virtual repository", "/v2/c/tags/list?last=b&n=2"],
  ["Nexus, which adds its own", "/repository/proxy/v2/a/b/tags/list?last=b&n=2"],
  ["a proxy, behind which the API has another prefix", "/v2/b/tags/list?last=b&n=2"],
])("stays with the repository when the next page is said to be elsewhere on the server: %s", async (_, target) => {
  const script: Script = ({ path }) => {
    if (path === "/v2/a/b/tags/list?n=1000") return tags(["a", "b"], link(target));
    return path === "/v2/a/b/tags/list?last=b&n=2" ? tags(["c"]) : ociError(404, "NAME_UNKNOWN");
  };
  expect(await list(script)).toMatchObject({ found: ["a", "b", "c"], requests: 2 });
});

it.each([
  [
    "ECR, which names the limit",
    (n: number) =>
      n > 1000 ? ociError(405, "UNSUPPORTED", "'maxResults' must have value less than or equal to 1000") : undefined,
    [5000, 1000],
  ],
  [
    "distribution 3, which does not",
    (n: number) => (n > 100 ? ociError(400, "PAGINATION_NUMBER_INVALID") : undefined),
    [5000, 100],
  ],
])("asks for fewer tags at once where so many are refused: %s", async (_, refuse, asked) => {
  const script: Script = ({ path }) => refuse(Number(/n=(\d+)/.exec(path)?.[1])) ?? tags(["a"]);
  const { found, paths } = await list(script, { pageSize: 5000 });
  expect([found, paths]).toEqual([["a"], asked.map((n) => `/v2/a/b/tags/list?n=${n}`)]);
});

it.each([
  ["a limit that is not lower", () => ociError(405, "UNSUPPORTED", "less than or equal to 5000"), "UNSUPPORTED", 1],
  ["a lower limit again and again", () => ociError(405, "UNSUPPORTED", "less than or equal to 7"), "UNSUPPORTED", 2],
  ["another refusal", () => ociError(405, "UNSUPPORTED", "not today"), "UNSUPPORTED", 1],
])("gives up at %s", async (_, answer, code, requests) => {
  expect(await list(answer, { pageSize: 5000 })).toMatchObject({ code, requests });
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
