import { digestReference, tagReference } from "@bayplan/core";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { manifestOf, type Script, startScripted } from "./testing/scripted-registry.ts";

const stored = manifestOf("x");
const gives: Script = () => new Response(stored.bytes, { headers: stored.headers });

async function start(mirrorScript: Script) {
  const mirror = await startScripted(mirrorScript);
  const upstream = await startScripted(gives);
  const registry = createOciRegistry({
    hosts: [upstream.host],
    mirrors: { [upstream.host]: [mirror.host] },
    clock: mirror.clock,
  });
  const name = { registry: upstream.host, repository: "a/b" };
  const close = async () => {
    await registry.close();
    await mirror[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  };
  return { mirror, upstream, registry, name, [Symbol.asyncDispose]: close };
}

it("asks a mirror first for content by digest, and the registry itself for what a tag shows", async () => {
  await using started = await start(gives);
  const { registry, name, mirror, upstream } = started;
  await registry.fetchManifest(digestReference(name, stored.descriptor.digest));
  expect(mirror.seen.map((request) => request.path)).toEqual([
    `/v2/a/b/manifests/${stored.descriptor.digest}?ns=${encodeURIComponent(upstream.host)}`,
  ]);
  expect(upstream.seen).toHaveLength(0);
  await registry.fetchManifest(tagReference(name, "v1"));
  expect([mirror.seen.length, upstream.seen.length]).toEqual([1, 1]);
});

it.each([
  ["does not have it", 404, 2],
  ["refuses", 403, 2],
  ["fails", 503, 1],
])("asks the registry when the mirror %s", async (_, status, asked) => {
  await using started = await start(() => new Response(null, { status }));
  const { registry, name, mirror, upstream } = started;
  const reference = digestReference(name, stored.descriptor.digest);
  for (let round = 0; round < 2; round += 1) expect(await registry.fetchManifest(reference)).toBeDefined();
  expect([mirror.seen.length, upstream.seen.length]).toEqual([asked, 2]);
  await mirror.clock.advance(60_001);
  await registry.fetchManifest(reference);
  expect(mirror.seen).toHaveLength(asked + 1);
});

const other = manifestOf("other");

it.each<[string, Script]>([
  ["another manifest", () => new Response(other.bytes, { headers: other.headers })],
  ["another manifest under the right digest", () => new Response(other.bytes, { headers: stored.headers })],
  ["the right one under another digest", () => new Response(stored.bytes, { headers: other.headers })],
  ["half of it", () => new Response(stored.bytes.subarray(0, 50), { headers: stored.headers })],
  ["a web page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
  ["part of it as such", () => new Response(stored.bytes, { status: 206, headers: stored.headers })],
  ["more than a manifest can be", () => new Response(new Uint8Array(9_000_000), { headers: stored.headers })],
])("leaves a mirror out that gives %s, and asks the registry", async (_, script) => {
  await using started = await start(script);
  const { registry, name, mirror, upstream } = started;
  const reference = digestReference(name, stored.descriptor.digest);
  for (let round = 0; round < 2; round += 1) {
    expect((await registry.fetchManifest(reference))?.descriptor).toEqual(stored.descriptor);
  }
  expect([mirror.seen.length, upstream.seen.length]).toEqual([1, 2]);
});

it("believes neither when both give something else", async () => {
  await using mirror = await startScripted(() => new Response(other.bytes, { headers: other.headers }));
  await using upstream = await startScripted(() => new Response(other.bytes, { headers: other.headers }));
  const registry = createOciRegistry({ hosts: [upstream.host], mirrors: { [upstream.host]: [mirror.host] } });
  const reference = digestReference({ registry: upstream.host, repository: "a/b" }, stored.descriptor.digest);
  await expect(registry.fetchManifest(reference)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  await registry.close();
});

it("ends at once when it is cancelled while a mirror is asked", async () => {
  const controller = new AbortController();
  await using started = await start((request, index) => {
    if (index > 0) return gives(request, index);
    controller.abort();
    return new Promise<Response>(() => {});
  });
  const reference = digestReference(started.name, stored.descriptor.digest);
  const reading = started.registry.fetchManifest(reference, { signal: controller.signal });
  await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
  expect(started.upstream.seen).toHaveLength(0);
  // It was not the mirror that failed.
  expect(await started.registry.fetchManifest(reference)).toBeDefined();
  expect([started.mirror.seen.length, started.upstream.seen.length]).toEqual([2, 0]);
});

it("takes the registry's credentials to no mirror", async () => {
  const asked: string[] = [];
  await using mirror = await startScripted((request) =>
    request.authorization === null
      ? new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } })
      : gives(request, 0),
  );
  await using upstream = await startScripted(gives);
  const registry = createOciRegistry({
    hosts: [upstream.host],
    mirrors: { [upstream.host]: [mirror.host] },
    credentials: async (host) => {
      asked.push(host);
      return host === upstream.host ? { username: "u", password: "dummy" } : undefined;
    },
  });
  const name = { registry: upstream.host, repository: "a/b" };
  expect(await registry.fetchManifest(digestReference(name, stored.descriptor.digest))).toBeDefined();
  expect(asked).toEqual([mirror.host]);
  expect(mirror.seen.every((request) => request.authorization === null)).toBe(true);
  await registry.close();
});

it("puts a path prefix before /v2/", async () => {
  const prefixes: Record<string, string> = {};
  await using scripted = await startScripted(gives, { pathPrefixes: prefixes });
  prefixes[scripted.host] = "/artifactory/docker";
  await scripted.registry.fetchManifest(tagReference({ registry: scripted.host, repository: "a/b" }, "v1"));
  expect(scripted.seen[0]?.path).toBe("/artifactory/docker/v2/a/b/manifests/v1");
});

it("refuses prefixes, mirrors and authorities that cannot work", () => {
  const invalid = expect.objectContaining({ code: "INVALID_INPUT" });
  const hosts = ["registry.test"];
  expect(() => createOciRegistry({ hosts, pathPrefixes: { "registry.test": "no/slash" } })).toThrow(invalid);
  expect(() => createOciRegistry({ hosts, pathPrefixes: { "registry.test": "/a/../b?x" } })).toThrow(invalid);
  expect(() => createOciRegistry({ hosts, mirrors: { "registry.test": ["https://mirror.test"] } })).toThrow(invalid);
  const fetch = async () => new Response();
  expect(() => createOciRegistry({ hosts, fetch, certificateAuthorities: { "registry.test": "x" } })).toThrow(invalid);
});
