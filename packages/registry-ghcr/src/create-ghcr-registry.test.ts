import { parseReference } from "@bayplan/core";
import { buildImage, createEmbeddedRegistry } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createGhcrRegistry } from "./create-ghcr-registry.ts";

const token = "dummy-github-token";
const reference = parseReference("ghcr.io/nascheme/cpython-tsan:3.14t");

/** GHCR's manners: the token endpoint itself refuses what is closed or missing. */
function createSimulatedGhcr() {
  const embedded = createEmbeddedRegistry({ auth: { kind: "bearer", users: { token }, anonymousPull: true } });
  const closed = new Set<string>();
  const match = (request: Request): boolean => {
    const url = new URL(request.url);
    return url.pathname === "/token" && [...closed].some((name) => url.searchParams.get("scope")?.includes(name));
  };
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: "denied" }] });
  const headers = { "content-type": "application/json" };
  embedded.inject({ match, times: Number.POSITIVE_INFINITY, effect: { status: 403, headers, body } });
  return { ...embedded, closed };
}

it("resolves a public package without a token, after one token exchange", async () => {
  const ghcr = createSimulatedGhcr();
  const writer = createGhcrRegistry({ token, fetch: ghcr.fetch });
  const image = await buildImage({ platforms: ["linux/amd64"], files: { a: "b" } });
  for (const blob of image.blobs) await writer.putBlob(reference, blob.descriptor, ReadableStream.from([blob.bytes]));
  for (const manifest of [...image.children, image.root]) await writer.putManifest(reference, manifest);
  await writer.tag({ ...reference, kind: "digest", digest: image.digest }, "3.14t", { absent: true });

  const reader = createGhcrRegistry({ fetch: ghcr.fetch });
  const before = ghcr.log.length;
  expect(await reader.resolve(reference)).toMatchObject({ state: "present", descriptor: { digest: image.digest } });
  expect(await reader.resolve(reference)).toMatchObject({ state: "present" });
  expect(ghcr.log.slice(before).map((request) => `${request.method} ${request.status}`)).toEqual([
    "HEAD 401",
    "GET 200",
    "HEAD 200",
    "HEAD 200",
  ]);
});

it.each([
  ["with a token", { token }],
  ["anonymously", {}],
])("does not know whether a refused package exists, %s", async (_, auth) => {
  const ghcr = createSimulatedGhcr();
  ghcr.closed.add("nascheme/cpython-tsan");
  const registry = createGhcrRegistry({ ...auth, fetch: ghcr.fetch });
  expect(await registry.resolve(reference)).toEqual({ state: "denied-or-absent" });
  await expect(registry.fetchManifest(reference)).rejects.toMatchObject({ code: "DENIED" });
  const open = parseReference("ghcr.io/nascheme/other:1");
  expect(await registry.resolve(open)).toEqual({ state: "absent" });
});

it("tells a wrong token from a closed package", async () => {
  const ghcr = createSimulatedGhcr();
  const registry = createGhcrRegistry({ token: "wrong-dummy", fetch: ghcr.fetch });
  await expect(registry.resolve(reference)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  const asked = ghcr.log.filter((request) => request.path === "/token");
  expect(asked.map((request) => request.query.includes("scope"))).toEqual([true, false]);
  // Not sent again for each package: the answer is known.
  await expect(registry.resolve(parseReference("ghcr.io/nascheme/other:1"))).rejects.toMatchObject({
    code: "UNAUTHORIZED",
  });
  expect(ghcr.log.filter((request) => request.path === "/token")).toHaveLength(2);
});

it("takes a 403 of the registry itself for denied-or-absent, but a rate limit for what it is", async () => {
  const ghcr = createSimulatedGhcr();
  const registry = createGhcrRegistry({ token, fetch: ghcr.fetch });
  const match = { path: "/manifests/" };
  await registry.resolve(reference);
  ghcr.inject({ match, effect: { status: 403 } });
  expect(await registry.resolve(reference)).toEqual({ state: "denied-or-absent" });
  ghcr.inject({ match, effect: { status: 403, headers: { "retry-after": "60" } } });
  await expect(registry.resolve(reference)).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 60_000 });
});

it("answers for its host only, and for another one when told", async () => {
  const registry = createGhcrRegistry({ host: "ghcr.test", fetch: createSimulatedGhcr().fetch });
  await expect(registry.resolve(reference)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  expect(await registry.resolve(parseReference("ghcr.test/a/b:1"))).toEqual({ state: "absent" });
});
