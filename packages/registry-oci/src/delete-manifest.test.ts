import { type DeleteExpectation, type Digest, digestOf, digestReference, mediaTypes } from "@bayplan/core";
import { buildImage, createEmbeddedRegistry, createVirtualClock, type RegistryAuth } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { ociError, startScripted } from "./testing/scripted-registry.ts";

const name = { registry: "registry.test", repository: "a/b" };
const unused: DeleteExpectation = { tags: [], parents: [] };

async function start(auth: RegistryAuth = { kind: "none" }) {
  const embedded = createEmbeddedRegistry({ auth, pageSize: 2 });
  const clock = createVirtualClock({ auto: true });
  const credentials = { username: "bayplan", password: "dummy-password" };
  const registry = createOciRegistry({ hosts: [name.registry], fetch: embedded.fetch, clock, credentials });
  const image = await buildImage({ platforms: ["linux/amd64", "linux/arm64"], files: { a: "b" } });
  for (const blob of image.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
  for (const manifest of [...image.children, image.root]) await registry.putManifest(name, manifest);
  const tag = (digest: Digest, as: string) => registry.tag(digestReference(name, digest), as, { absent: true });
  const remove = async (digest: Digest, expected: DeleteExpectation) =>
    registry.deleteManifest?.(digestReference(name, digest), expected);
  const isThere = async (digest: Digest) => (await registry.resolve(digestReference(name, digest))).state === "present";
  const child = image.children[0]?.descriptor.digest as Digest;
  return { embedded, registry, image, tag, remove, isThere, root: image.digest, child };
}

it("deletes by digest what is used as expected, and is content when it is gone already", async () => {
  const { embedded, tag, remove, isThere, root } = await start({
    kind: "bearer",
    users: { bayplan: "dummy-password" },
  });
  for (const as of ["v1", "v2", "v3"]) await tag(root, as);
  await remove(root, { tags: ["v3", "v1", "v2"], parents: [] });
  expect(await isThere(root)).toBe(false);
  const deletions = () => embedded.log.filter((request) => request.method === "DELETE");
  expect(deletions().map((request) => request.path)).toEqual([`/v2/a/b/manifests/${root}`]);
  await remove(root, { tags: ["v1"], parents: [] });
  expect(deletions()).toHaveLength(1);
});

it.each([[["v1"]], [["v1", "v2", "v3"]], [[]], [["v1", "v3"]]])(
  "deletes nothing when %j was expected and v1, v2 are there",
  async (tags) => {
    const { tag, remove, isThere, root } = await start();
    await tag(root, "v1");
    await tag(root, "v2");
    await expect(remove(root, { tags, parents: [] })).rejects.toMatchObject({ code: "TAG_MOVED" });
    expect(await isThere(root)).toBe(true);
  },
);

it("does not take a child out of a tagged index, unless that was expected", async () => {
  const { tag, remove, isThere, root, child } = await start();
  await tag(root, "v1");
  await expect(remove(child, unused)).rejects.toMatchObject({ code: "PLAN_STALE" });
  expect(await isThere(child)).toBe(true);
  await remove(child, { tags: [], parents: [root] });
  expect(await isThere(child)).toBe(false);
});

it("finds an untagged parent inside a tagged index, at any depth", async () => {
  const { registry, image, tag, remove, isThere, root, child } = await start();
  let outer = image.root.descriptor;
  for (let depth = 0; depth < 2; depth += 1) {
    const { mediaType, digest, size } = outer;
    const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{ mediaType, digest, size }] };
    const bytes = new TextEncoder().encode(JSON.stringify(document));
    outer = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength };
    await registry.putManifest(name, { descriptor: outer, bytes });
  }
  await tag(outer.digest, "all");
  await expect(remove(child, unused)).rejects.toMatchObject({ code: "PLAN_STALE" });
  await expect(remove(child, { tags: [], parents: [outer.digest] })).rejects.toMatchObject({ code: "PLAN_STALE" });
  expect(await isThere(child)).toBe(true);
  await remove(child, { tags: [], parents: [root] });
  expect(await isThere(child)).toBe(false);
});

it("believes an answer that was lost, and looks before it repeats", async () => {
  const { embedded, remove, isThere, root } = await start();
  embedded.inject({ match: { method: "DELETE" }, effect: { loseResponse: true } });
  await remove(root, unused);
  expect(await isThere(root)).toBe(false);
});

it("deletes nothing when it cannot see all tags", async () => {
  const { embedded, tag, remove, isThere, root } = await start();
  for (const as of ["v1", "v2", "v3"]) await tag(root, as);
  embedded.inject({ match: { path: "/manifests/v2" }, effect: { status: 403 } });
  await expect(remove(root, { tags: ["v1", "v3"], parents: [] })).rejects.toMatchObject({ code: "DENIED" });
  expect(await isThere(root)).toBe(true);
});

it("says UNSUPPORTED where the registry does not delete, and never deletes a tag instead", async () => {
  const digest: Digest = `sha256:${"a".repeat(64)}` as Digest;
  await using scripted = await startScripted((request) => {
    if (request.method === "DELETE") return ociError(405, "UNSUPPORTED");
    if (request.path.includes("/tags/list")) return Response.json({ tags: [] });
    const headers = { "docker-content-digest": digest, "content-length": "5" };
    return new Response(null, { headers: { "content-type": "application/vnd.oci.image.index.v1+json", ...headers } });
  });
  const target = digestReference({ registry: scripted.host, repository: "a/b" }, digest);
  await expect(scripted.registry.deleteManifest?.(target, unused)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  const deletions = scripted.seen.filter((request) => request.method === "DELETE");
  expect(deletions.map((request) => request.path)).toEqual([`/v2/a/b/manifests/${digest}`]);
});

it("is not there where it is known that nothing is deleted", () => {
  expect(createOciRegistry({ hosts: ["a.test"], deletes: false }).deleteManifest).toBeUndefined();
});
