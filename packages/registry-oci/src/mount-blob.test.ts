import { digestOf, digestReference } from "@bayplan/core";
import { createEmbeddedRegistry, createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { collectBytes } from "./fetch-blob.ts";
import { ociError, startScripted } from "./testing/scripted-registry.ts";

const bytes = Buffer.from("content");
const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
const at = (repository: string, registry = "registry.test") => ({ registry, repository });

it("mounts with one token for both repositories, and says when there is nothing to mount", async () => {
  const users = { bayplan: "dummy-password" };
  const embedded = createEmbeddedRegistry({ auth: { kind: "bearer", users } });
  const credentials = { username: "bayplan", password: "dummy-password" };
  const clock = createVirtualClock({ auto: true });
  const registry = createOciRegistry({ hosts: ["registry.test"], fetch: embedded.fetch, clock, credentials });
  await registry.putBlob(at("source/app"), descriptor, ReadableStream.from([bytes]));
  expect(await registry.mountBlob?.(at("target/app"), digestReference(at("source/app"), descriptor.digest))).toBe(true);
  const scopes = embedded.log.map((request) => new URLSearchParams(request.query).getAll("scope"));
  expect(scopes).toContainEqual(["repository:target/app:pull,push", "repository:source/app:pull"]);
  const mounted = registry.fetchBlob(digestReference(at("target/app"), descriptor.digest));
  expect(await collectBytes(mounted)).toEqual(new Uint8Array(bytes));
  const other = digestOf(Buffer.from("other"));
  expect(await registry.mountBlob?.(at("target/app"), digestReference(at("source/app"), other))).toBe(false);
  expect(await registry.mountBlob?.(at("a/b"), digestReference(at("a/b", "elsewhere.test"), other))).toBe(false);
});

it("gives up the upload that a registry begins instead, also where that is not possible", async () => {
  await using scripted = await startScripted((request) =>
    request.method === "POST"
      ? new Response(null, { status: 202, headers: { location: "/v2/a/b/blobs/uploads/1" } })
      : new Response(null, { status: 405 }),
  );
  const target = at("a/b", scripted.host);
  const source = digestReference(at("c/d", scripted.host), descriptor.digest);
  expect(await scripted.registry.mountBlob?.(target, source)).toBe(false);
  expect(scripted.seen.map((request) => `${request.method} ${request.path}`)).toEqual([
    `POST /v2/a/b/blobs/uploads/?mount=${encodeURIComponent(descriptor.digest)}&from=c%2Fd`,
    "DELETE /v2/a/b/blobs/uploads/1",
  ]);
});

it.each([
  [401, false],
  [403, false],
  [404, false],
  [405, false],
  [429, "RATE_LIMITED"],
  [503, "UNAVAILABLE"],
])("a mount answered %i is %s", async (status, expected) => {
  await using scripted = await startScripted(() => ociError(status, "X"), { credentials: { token: "dummy" } });
  const source = digestReference(at("c/d", scripted.host), descriptor.digest);
  const mounted = scripted.registry.mountBlob?.(at("a/b", scripted.host), source);
  if (expected === false && status !== 401) expect(await mounted).toBe(false);
  else await expect(mounted).rejects.toMatchObject({ code: status === 401 ? "UNAUTHORIZED" : expected });
});

it("does not take the credentials for wrong when only the token for both repositories is refused", async () => {
  await using scripted = await startScripted(
    (request) => {
      const scopes = new URL(request.path, "http://registry.test").searchParams.getAll("scope");
      if (request.path.startsWith("/token"))
        return scopes.length > 1 ? ociError(403, "DENIED") : Response.json({ token: "t", expires_in: 300 });
      if (request.authorization === "Bearer t") return new Response(null, { status: 200 });
      return new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer realm="/token"' } });
    },
    { credentials: { username: "bayplan", password: "dummy-password" } },
  );
  const target = at("a/b", scripted.host);
  const source = digestReference(at("c/d", scripted.host), descriptor.digest);
  expect(await scripted.registry.mountBlob?.(target, source)).toBe(false);
  await scripted.registry.putBlob(target, descriptor, ReadableStream.from([bytes]));
});
