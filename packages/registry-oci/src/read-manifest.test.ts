import { digestOf, digestReference, mediaTypes, tagReference } from "@bayplan/core";
import { expect, it } from "vitest";
import { manifestOf, ociError, type Script, startScripted } from "./testing/scripted-registry.ts";

const image = manifestOf("one");
const other = manifestOf("two");
const page = (status: number) =>
  new Response("<html>proxy</html>", { status, headers: { "content-type": "text/html" } });

async function resolve(script: Script) {
  await using scripted = await startScripted(script);
  const reference = tagReference({ registry: scripted.host, repository: "a/b" }, "v1");
  const outcome = await scripted.registry.resolve(reference).then(
    (resolution) => (resolution.state === "present" ? resolution.descriptor : resolution.state),
    (error: { code: string }) => error.code,
  );
  return { outcome, methods: scripted.seen.map((request) => request.method) };
}

/** HEAD answers by the first function, GET by the second. */
function byMethod(head: () => Response, get: () => Response): Script {
  return (request) => (request.method === "HEAD" ? head() : get());
}
const full = (headers: Record<string, string> = image.headers) =>
  new Response(image.bytes, { headers: { "content-length": String(image.bytes.length), ...headers } });
const headers = (without: string) => () => {
  const all: Record<string, string> = { ...image.headers, "content-length": String(image.bytes.length) };
  delete all[without];
  return new Response(null, { headers: all });
};

it("is content with one HEAD", async () => {
  expect(await resolve(() => full())).toEqual({ outcome: image.descriptor, methods: ["HEAD"] });
});

it.each([
  ["has no digest", headers("docker-content-digest")],
  ["has no type", headers("content-type")],
  ["has no length", headers("content-length")],
  ["is 405", () => new Response(null, { status: 405 })],
  ["is 501", () => new Response(null, { status: 501 })],
  ["is 400", () => new Response(null, { status: 400 })],
  ["is a page with 404", () => page(404)],
])("asks by GET when the answer to HEAD %s", async (_, head) => {
  expect(await resolve(byMethod(head, () => full()))).toEqual({ outcome: image.descriptor, methods: ["HEAD", "GET"] });
});

it.each([
  ["404 without a body", () => new Response(null, { status: 404 })],
  ["MANIFEST_UNKNOWN", () => ociError(404, "MANIFEST_UNKNOWN")],
  ["NAME_UNKNOWN", () => ociError(404, "NAME_UNKNOWN")],
  [
    "404 as plain text",
    () => new Response("404 page not found\n", { status: 404, headers: { "content-type": "text/plain" } }),
  ],
])("%s is absent", async (_, answer) => {
  expect((await resolve(answer)).outcome).toBe("absent");
  expect((await resolve(byMethod(() => new Response(null, { status: 405 }), answer))).outcome).toBe("absent");
});

it.each([
  ["a page with 404", () => page(404), "RESPONSE_INVALID"],
  ["a page with 200", () => page(200), "RESPONSE_INVALID"],
  ["DENIED in a 404", () => byMethodDenied(), "DENIED"],
  ["401", () => new Response(null, { status: 401 }), "UNAUTHORIZED"],
  ["403", () => ociError(403, "DENIED"), "DENIED"],
  ["403 with a rate limit", () => new Response(null, { status: 403, headers: { "retry-after": "3" } }), "RATE_LIMITED"],
  ["429", () => new Response(null, { status: 429 }), "RATE_LIMITED"],
  ["500", () => new Response(null, { status: 500 }), "UNAVAILABLE"],
  ["503", () => page(503), "UNAVAILABLE"],
  ["410", () => new Response(null, { status: 410 }), "RESPONSE_INVALID"],
  ["an empty 200", () => new Response(null, { status: 200 }), "RESPONSE_INVALID"],
  ["something else in JSON", () => Response.json({ hello: "world" }), "RESPONSE_INVALID"],
])("%s is never absent", async (_, answer, code) => {
  expect((await resolve(answer)).outcome).toBe(code);
});
function byMethodDenied(): Response {
  return new Response(JSON.stringify({ errors: [{ code: "DENIED" }] }), {
    status: 404,
    headers: { "content-type": "text/html" },
  });
}

it("throws DIGEST_MISMATCH when the body is not what the header or the reference says", async () => {
  const lying = byMethod(headers("docker-content-digest"), () =>
    full({ ...image.headers, "docker-content-digest": other.descriptor.digest }),
  );
  expect((await resolve(lying)).outcome).toBe("DIGEST_MISMATCH");
  await using scripted = await startScripted((request) =>
    request.path.includes("a/head") || request.method === "GET" ? full() : new Response(null, { status: 405 }),
  );
  for (const repository of ["a/head", "a/get"]) {
    const reference = digestReference({ registry: scripted.host, repository }, other.descriptor.digest);
    await expect(scripted.registry.resolve(reference)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    await expect(scripted.registry.fetchManifest(reference)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  }
});

it("finds the media type in the document when the header does not give it", async () => {
  const index = new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}');
  const answer = () => new Response(index, { headers: { "content-type": "application/json" } });
  const { outcome } = await resolve(answer);
  expect(outcome).toEqual({ mediaType: mediaTypes.ociIndex, digest: digestOf(index), size: index.length });
});

it("knows a sha512 reference although the registry answers with sha256", async () => {
  const digest = digestOf(image.bytes, "sha512");
  await using scripted = await startScripted(() => full());
  const reference = digestReference({ registry: scripted.host, repository: "a/b" }, digest);
  expect(await scripted.registry.resolve(reference)).toMatchObject({ descriptor: { digest } });
  expect((await scripted.registry.fetchManifest(reference))?.descriptor.digest).toBe(digest);
});

it("reads a manifest whose body was cut short once", async () => {
  let cut = 0;
  await using scripted = await startScripted(() => {
    cut += 1;
    if (cut > 1) return full();
    const start = image.bytes.subarray(0, 20);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (cut === 1) controller.enqueue(start);
        else controller.error(new TypeError("cut"));
        cut = 1.5;
      },
    });
    return new Response(body, { headers: { ...image.headers, "content-length": String(image.bytes.length) } });
  });
  const stored = await scripted.registry.fetchManifest(
    tagReference({ registry: scripted.host, repository: "a/b" }, "v1"),
  );
  expect(stored?.descriptor).toEqual(image.descriptor);
  expect(scripted.seen).toHaveLength(2);
});

it("gives up on a server that never answers", async () => {
  await using scripted = await startScripted(() => new Promise<Response>(() => {}), { timeoutMs: 20 });
  const reference = tagReference({ registry: scripted.host, repository: "a/b" }, "v1");
  await expect(scripted.registry.resolve(reference)).rejects.toMatchObject({ code: "TIMEOUT" });
});
