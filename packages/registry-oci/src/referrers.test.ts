import { type Descriptor, digestOf, digestReference, mediaTypes } from "@bayplan/core";
import { buildImage, createEmbeddedRegistry, createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { ociError, type Script, startScripted } from "./testing/scripted-registry.ts";

const subject = digestOf(Buffer.from("subject"));
const referrer = (name: string, artifactType: string): Descriptor => {
  const bytes = Buffer.from(name);
  return { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length, artifactType };
};
const all = [referrer("one", "a/sbom"), referrer("two", "a/signature"), referrer("three", "a/sbom")];
const index = (manifests: readonly Descriptor[], headers: Record<string, string> = {}) =>
  Response.json(
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    {
      headers: { "content-type": mediaTypes.ociIndex, ...headers },
    },
  );

async function list(script: Script, artifactType?: string) {
  await using scripted = await startScripted(script);
  const reference = digestReference({ registry: scripted.host, repository: "a/b" }, subject);
  const found: string[] = [];
  const options = artifactType === undefined ? {} : { artifactType };
  for await (const one of scripted.registry.referrers.list(reference, options)) found.push(one.digest);
  return { found, paths: scripted.seen.map((request) => request.path) };
}
const digests = (...indexes: number[]) => indexes.map((at) => all[at]?.digest);

it("follows the pages and gives each referrer once", async () => {
  const { found, paths } = await list((request) =>
    request.path.includes("page=2")
      ? index(all.slice(1))
      : index(all.slice(0, 2), { link: `</v2/a/b/referrers/${subject}?page=2>; rel="next"` }),
  );
  expect(found).toEqual(digests(0, 1, 2));
  expect(paths).toHaveLength(2);
});

it("filters by itself unless the registry says that it did", async () => {
  expect((await list(() => index(all), "a/sbom")).found).toEqual(digests(0, 2));
  const { found, paths } = await list(
    () => index([all[0] as Descriptor], { "oci-filters-applied": "artifactType" }),
    "x",
  );
  expect(found).toEqual(digests(0));
  expect(paths[0]).toContain("artifactType=x");
});

it.each([
  ["404", () => new Response("404 page not found", { status: 404 })],
  ["405", () => ociError(405, "UNSUPPORTED")],
  ["a web page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
])("looks under the fallback tag where the API is %s", async (_, missing) => {
  const { found, paths } = await list(
    (request) => (request.path.includes("/referrers/") ? missing() : index(all)),
    "a/sbom",
  );
  expect(found).toEqual(digests(0, 2));
  expect(paths[1]).toBe(`/v2/a/b/manifests/${subject.replace(":", "-")}`);
});

it.each([
  [401, "UNAUTHORIZED"],
  [500, "UNAVAILABLE"],
])("an answer of %i is never an empty list", async (status, code) => {
  const script: Script = (request) =>
    new Response(null, { status: request.path.includes("/referrers/") ? status : 404 });
  await expect(list(script)).rejects.toMatchObject({ code });
});

it("throws RESPONSE_INVALID for pages in a circle, and for a fallback tag that is no index", async () => {
  const circle: Script = (request) => index([], { link: `<${request.path}>; rel="next"` });
  await expect(list(circle)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  const image: Script = (request) => {
    if (request.path.includes("/referrers/")) return new Response(null, { status: 404 });
    return new Response("{}", { headers: { "content-type": mediaTypes.ociManifest } });
  };
  await expect(list(image)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
});

it.each([
  ["MANIFEST_UNKNOWN", [1, 0, 1]],
  ["NAME_UNKNOWN", [1, 1, 1]],
])("after %s asks the API again: %j", async (code, asked) => {
  await using scripted = await startScripted(() => ociError(404, code));
  const reference = digestReference({ registry: scripted.host, repository: "a/b" }, subject);
  const apiRequests = async (ms: number) => {
    const before = scripted.seen.length;
    await scripted.clock.advance(ms);
    for await (const one of scripted.registry.referrers.list(reference)) expect(one).toBeUndefined();
    return scripted.seen.slice(before).filter((request) => request.path.includes("/referrers/")).length;
  };
  expect([await apiRequests(0), await apiRequests(290_000), await apiRequests(11_000)]).toEqual(asked);
});

it("lists what was pushed with a subject to a real registry", async () => {
  const embedded = createEmbeddedRegistry({ pageSize: 1 });
  const clock = createVirtualClock({ auto: true });
  const name = { registry: "registry.test", repository: "a/b" };
  const registry = createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch, clock });
  const image = await buildImage({ platforms: ["linux/amd64"], files: { a: "b" } });
  for (const blob of image.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
  for (const manifest of [...image.children, image.root]) await registry.putManifest(name, manifest);
  const pushed: string[] = [];
  for (const content of ["x", "y"]) {
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        artifactType: `a/${content}`,
        manifests: [],
        subject: image.root.descriptor,
      }),
    );
    const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length };
    await registry.putManifest(name, { descriptor, bytes });
    pushed.push(descriptor.digest);
  }
  const found: string[] = [];
  for await (const one of registry.referrers.list(digestReference(name, image.digest))) found.push(one.digest);
  expect(found.sort()).toEqual(pushed.sort());
});
