import { type Descriptor, digestOf } from "@bayplan/core";
import type { FetchLike } from "@bayplan/runtime";
import { createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";

const bytes = Buffer.alloc(60_000, "bayplan ");
const descriptor: Descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };

/** A registry anywhere in the world; each answer may name a place to go on. */
function start(
  host: string,
  locations: { readonly begin: string; readonly chunk?: string; readonly redirect?: string },
  maxBufferedBytes = 100_000,
) {
  const sent: string[] = [];
  const fetch: FetchLike = async (url, { method, body }) => {
    if (body !== undefined) for await (const _ of body instanceof Uint8Array ? [body] : body);
    if (method === "HEAD") return new Response(null, { status: 404 });
    sent.push(`${method} ${new URL(url).host}`);
    const answer = (status: number, location?: string) =>
      new Response(null, { status, headers: location === undefined ? {} : { location } });
    if (method === "POST") return answer(202, locations.begin);
    if (method === "PATCH") return answer(202, locations.chunk);
    return locations.redirect === undefined ? answer(201) : answer(307, locations.redirect);
  };
  const clock = createVirtualClock({ auto: true });
  const registry = createOciRegistry({ hosts: [host], fetch, clock, maxBufferedBytes });
  const store = () => registry.putBlob({ registry: host, repository: "a/b" }, descriptor, ReadableStream.from([bytes]));
  return { sent, store };
}

it.each([
  ["this computer", "https://127.0.0.1/x"],
  ["this computer under its name", "https://localhost:8443/x"],
  ["this computer without encryption", "http://127.0.0.1:9000/x"],
  ["this computer by another way of writing it", "https://[::ffff:127.0.0.1]/x"],
  ["a link-local address", "https://169.254.169.254/x"],
  ["http", "http://registry.test/x"],
  ["an address with credentials", "https://user:dummy@store.test/x"],
  ["no web address", "ftp://store.test/x"],
])("takes no bytes to %s", async (_, begin) => {
  const { sent, store } = start("registry.test", { begin });
  await expect(store()).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  expect(sent).toEqual(["POST registry.test"]);
});

it("takes no chunk after the first to where it may not", async () => {
  const { sent, store } = start("registry.test", { begin: "/one", chunk: "https://127.0.0.1/two" }, 30_000);
  await expect(store()).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  expect(sent.filter((one) => one !== "DELETE registry.test")).toEqual(["POST registry.test", "PATCH registry.test"]);
});

it("takes no bytes along a redirect to where they may not", async () => {
  const { sent, store } = start("registry.test", { begin: "/one", redirect: "https://169.254.169.254/x" });
  await expect(store()).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  expect(sent).toEqual(["POST registry.test", "PUT registry.test"]);
});

it.each([
  ["registry.test", "https://store.test:8443/x", "PUT store.test:8443"],
  ["registry.test", "/v2/a/b/blobs/uploads/1", "PUT registry.test"],
  ["127.0.0.1:5000", "http://127.0.0.1:9000/x", "PUT 127.0.0.1:9000"],
])("goes from %s to %s", async (host, begin, put) => {
  const { sent, store } = start(host, { begin });
  await store();
  expect(sent).toEqual([`POST ${host}`, put]);
});
