import { digestOf, digestReference, isBayplanError, mediaTypes } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { ErrorDocument, TagList } from "../schema.ts";
import { countedBody } from "./counted-body.ts";
import { type Bench, bearer, benchCredentials, openBench } from "./open-bench.ts";

const mebibyte = 1024 * 1024;
// Whatever stands in buffers between the two: more than any system has, less than what is on offer.
const buffersBytes = 32 * mebibyte;

/** More bytes than any answer may have, on offer for as long as they are read. */
function flood(bench: Bench, init: ResponseInit, first = ""): Response {
  const chunk = new Uint8Array(65_536).fill(120);
  chunk.set(new TextEncoder().encode(first));
  return new Response(countedBody(bench, { mostBytes: 4 * buffersBytes, chunk }), init);
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return isBayplanError(error) ? error.code : error;
  }
}

async function listAll(bench: Bench): Promise<string> {
  let count = 0;
  for await (const _ of bench.registry.listTags(bench.repository)) count += 1;
  return `${count} tags`;
}

describe("bodies without end", () => {
  it.each([
    [403, "DENIED"],
    [418, "RESPONSE_INVALID"],
    [429, "RATE_LIMITED"],
    [500, "UNAVAILABLE"],
    [503, "UNAVAILABLE"],
  ])("keeps the status of an error whose body does not end: %s", async (status, code) => {
    await using bench = await openBench({ http: { retries: 0 } });
    bench.answer = () => flood(bench, { status, headers: { "content-length": String(2 ** 30) } });
    const error: unknown = await listAll(bench).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, status });
    expect(bench.sentBytes).toBeLessThan(buffersBytes);
  });

  it("takes nothing for absent because of a 404 that does not end", async () => {
    await using bench = await openBench({ http: { retries: 0 } });
    bench.answer = () => flood(bench, { status: 404, headers: { "content-type": "application/json" } });
    expect(await codeOf(bench.registry.fetchManifest(bench.reference))).toBe("RESPONSE_INVALID");
    expect(bench.sentBytes).toBeLessThan(buffersBytes);
  });

  it("makes no token of an answer that does not end", async () => {
    await using bench = await openBench({
      embedded: { auth: bearer },
      adapter: { credentials: benchCredentials },
    });
    bench.answer = (request) =>
      request.url.includes("/token") ? flood(bench, { status: 200 }, '{"token":"') : undefined;
    expect(await codeOf(bench.registry.resolve(bench.reference))).toBe("RESPONSE_INVALID");
    expect(bench.sentBytes).toBeLessThan(buffersBytes);
  });

  it("stops reading a blob that is longer than its descriptor", async () => {
    await using bench = await openBench();
    await using target = await openBench();
    const [blob] = bench.image.blobs;
    if (blob === undefined) throw new Error("An image has blobs.");
    bench.answer = () => flood(bench, { status: 200 });
    const content = bench.registry.fetchBlob(digestReference(bench.repository, blob.descriptor.digest));
    const other = { ...blob.descriptor, digest: digestOf(new TextEncoder().encode("not there yet")) };
    expect(await codeOf(target.registry.putBlob(target.repository, other, content))).toBe("DIGEST_MISMATCH");
    expect(bench.sentBytes).toBeLessThan(buffersBytes);
    expect(target.seen.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it("follows a redirect whose body does not end", async () => {
    await using bench = await openBench();
    bench.answer = (_, index) =>
      index === 0
        ? flood(bench, { status: 307, headers: { location: "/v2/team/app/manifests/1.0?again" } })
        : undefined;
    const stored = await bench.registry.fetchManifest(bench.reference);
    expect(stored?.descriptor.digest).toBe(bench.digest);
    expect(bench.sentBytes).toBeLessThan(buffersBytes);
  });
});

it("gives up a body that comes byte by byte", async () => {
  await using bench = await openBench({ http: { callTimeoutMs: 300 } });
  let open = 0;
  bench.answer = () => {
    open += 1;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        bench.sentBytes += 1;
        controller.enqueue(new Uint8Array([32]));
      },
      cancel: () => {
        open -= 1;
      },
    });
    return new Response(body, { headers: { "content-type": mediaTypes.ociManifest, "content-length": "8000000" } });
  };
  expect(await codeOf(bench.registry.fetchManifest(bench.reference))).toBe("TIMEOUT");
  // The server is told, too.
  while (open > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(bench.sentBytes).toBeLessThan(8_000_000);
});

describe("listings without end", () => {
  it("stops after as many pages of tags as are allowed", async () => {
    await using bench = await openBench({ adapter: { maxPages: 7 } });
    bench.answer = (_, index) =>
      Response.json(
        { tags: [`t${index}`] },
        { headers: { link: `</v2/team/app/tags/list?last=${index}>; rel="next"` } },
      );
    expect(await codeOf(listAll(bench))).toBe("RESPONSE_INVALID");
    expect(bench.seen).toHaveLength(7);
  });

  it("stops after as many pages of referrers as are allowed", async () => {
    await using bench = await openBench({ adapter: { maxPages: 7 } });
    bench.answer = (_, index) => {
      const link = `</v2/team/app/referrers/${bench.digest}?next=${index}>; rel="next"`;
      const index1 = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
      return Response.json(index1, { headers: { link, "content-type": mediaTypes.ociIndex } });
    };
    const list = async () => {
      for await (const _ of bench.registry.referrers.list(digestReference(bench.repository, bench.digest)));
    };
    expect(await codeOf(list())).toBe("RESPONSE_INVALID");
    expect(bench.seen.length).toBeLessThanOrEqual(8);
  });

  it.each([
    ["longer than can be read", `<x>; a="${"x".repeat(20_000)}", </v2/team/app/tags/list?last=1.0>; rel="next"`],
    ["without its last bracket", '</v2/team/app/tags/list?last=1.0; rel="next"'],
    ["without any address", 'rel="next"; </v2/team/app/tags/list?last=1.0>, ; rel="next"'],
    ["with an address that is none", '<http://[>; rel="next"'],
  ])("takes no listing for complete that has a Link %s", async (_, link) => {
    await using bench = await openBench({
      // Undici refuses such a header by itself; an injected transport may give it.
      fetch: () => async (url, init) => {
        const answer = await globalThis.fetch(url, init);
        return new Response(answer.body, { headers: { "content-type": "application/json", link } });
      },
    });
    expect(await codeOf(listAll(bench))).toBe("RESPONSE_INVALID");
  });

  it.each(["../../other/app/manifests/1.0", "a/b", "1.0?n=1", "a b", "", "x".repeat(129), "1.0\u0000", "-a", "a\nb"])(
    "refuses a listing with a tag that is none: %j",
    async (tag) => {
      await using bench = await openBench();
      bench.answer = () => Response.json({ tags: ["1.0", tag] });
      expect(await codeOf(listAll(bench))).toBe("RESPONSE_INVALID");
    },
  );
});

it.each([
  ["nothing", {}],
  ["an error", { errors: [{ code: "X", message: "x" }] }],
  ["a list", [{ tags: ["1.0"] }]],
  ["a catalog", { repositories: ["team/app"] }],
])("takes no other document for a list of tags: %s", async (_, document) => {
  await using bench = await openBench();
  bench.answer = () => Response.json(document);
  expect(await codeOf(listAll(bench))).toBe("RESPONSE_INVALID");
});

it("follows no more than five redirects", async () => {
  await using bench = await openBench();
  bench.answer = (_, index) => new Response(null, { status: 307, headers: { location: `/v2/x/${index}` } });
  expect(await codeOf(bench.registry.fetchManifest(bench.reference))).toBe("RESPONSE_INVALID");
  expect(bench.seen).toHaveLength(6);
});

describe("documents that are too much", () => {
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(new Uint8Array()), size: 1 };
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

  it.each([
    ["a million descriptors", JSON.stringify(Array.from({ length: 1_000_000 }, () => descriptor))],
    ["more descriptors than an index may have", JSON.stringify(Array.from({ length: 30_000 }, () => descriptor))],
    ["descriptors nested a million deep", nested(1_000_000)],
  ])("refuses a document with %s", async (_, manifests) => {
    await using bench = await openBench();
    bench.answer = () =>
      new Response(`{"schemaVersion":2,"manifests":${manifests}}`, {
        headers: { "content-type": mediaTypes.ociIndex },
      });
    const list = async () => {
      for await (const _ of bench.registry.referrers.list(digestReference(bench.repository, bench.digest)));
    };
    expect(await codeOf(list())).toBe("RESPONSE_INVALID");
  });

  it.each([
    ["tags", (deep: string) => `{"tags":${deep}}`],
    ["errors", (deep: string) => `{"errors":${deep}}`],
    ["nothing else", (deep: string) => deep],
  ])("refuses a document nested a million deep: %s", async (_, around) => {
    for (const status of [200, 400]) {
      await using bench = await openBench();
      bench.answer = () => new Response(around(nested(1_000_000)), { status });
      expect(await codeOf(listAll(bench))).toBe("RESPONSE_INVALID");
    }
  });
});

it.each([
  ["tags", () => TagList.safeParse({ tags: millionOf(1) })],
  ["errors", () => ErrorDocument.safeParse({ errors: millionOf(1) })],
])("stops at the first of a million wrong items: %s", (_, parse) => {
  // One description for each would be gigabytes.
  expect(parse().error?.issues.length ?? 0).toBeLessThanOrEqual(100);
});

function millionOf(item: unknown): readonly unknown[] {
  return Array.from({ length: 1_000_000 }, () => item);
}
