import {
  type DeleteExpectation,
  type Digest,
  digestOf,
  digestReference,
  mediaTypes,
  type StoredBytes,
} from "@bayplan/core";
import { expect, it } from "vitest";
import type { OciRegistry } from "./create-oci-registry.ts";
import { openLackingRegistry, place, referrerOf } from "./testing/lacking-registry.ts";
import { startScripted } from "./testing/scripted-registry.ts";

const subject = digestOf(Buffer.from("subject"));
const tag = subject.replace(":", "-");
const unused: DeleteExpectation = { tags: [], parents: [] };
const emptyIndex = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
const one = referrerOf(subject, "one");
const two = referrerOf(subject, "two");

/** A registry without the referrers API in which `one` and `two` are listed, and what is wanted of them. */
async function start(referrers: readonly StoredBytes[] = [one, two]) {
  const lacking = openLackingRegistry();
  const registry = lacking.open();
  for (const referrer of referrers) await registry.putManifest(place, referrer);
  const remove = async (stored: StoredBytes, expected = unused, by: OciRegistry = registry) =>
    by.deleteManifest?.(digestReference(place, stored.descriptor.digest), expected);
  const isThere = async (digest: Digest) =>
    (await lacking.open().resolve(digestReference(place, digest))).state === "present";
  const listed = async () => (await lacking.entries(tag)).map((entry) => entry["digest"]);
  return { ...lacking, registry, remove, isThere, listed };
}

it("takes what it deletes out of the list, and leaves the others in it", async () => {
  const { remove, isThere, listed, embedded } = await start();
  await remove(one);
  expect(embedded.log.filter((request) => request.method === "DELETE")).toHaveLength(1);
  expect([await isThere(one.descriptor.digest), await isThere(two.descriptor.digest)]).toEqual([false, true]);
  expect(await listed()).toEqual([two.descriptor.digest]);
});

it("removes the list with its last entry", async () => {
  const { remove, shown, isThere } = await start();
  await remove(one);
  await remove(two);
  expect(shown(tag)).toBeUndefined();
  expect(await isThere(two.descriptor.digest)).toBe(false);
});

it.each(["another tag", "an index"])("leaves an empty list that %s leads to", async (what) => {
  const { remove, shown, put, isThere } = await start([one]);
  const empty = await put(emptyIndex, "empty");
  if (what === "an index") {
    await put({ ...emptyIndex, manifests: [empty] }, "outer");
    await put({ ...emptyIndex, annotations: { other: "x" } }, "empty");
  }
  await remove(one);
  expect(shown(tag)).toBe(empty.digest);
  expect(await isThere(one.descriptor.digest)).toBe(false);
});

it("leaves an empty list with something else in it, and one that the registry does not delete", async () => {
  const { remove, shown, put, embedded, isThere } = await start([one]);
  const annotated = await put({ ...emptyIndex, manifests: [one.descriptor], annotations: { kept: "x" } }, tag);
  await remove(one);
  const rest = shown(tag);
  expect(rest).not.toBe(annotated.digest);
  expect(await isThere(rest as Digest)).toBe(true);
  await put({ ...emptyIndex, annotations: { now: "elsewhere" } }, tag);

  const other = await start([two]);
  const refusal = other.embedded.inject({ match: { method: "DELETE" }, after: 1, effect: { status: 405 } });
  await other.remove(two);
  expect([refusal.hits, await other.listed(), other.shown(tag) === undefined]).toEqual([1, [], false]);
  expect(embedded.log.length).toBeGreaterThan(0);
});

it("never takes away a list that has got an entry in the meantime", async () => {
  const { remove, embedded, open, listed, isThere } = await start([one]);
  // The list is empty, the referrer is gone, and the empty list is about to be deleted.
  const late = embedded.inject({
    match: { method: "DELETE" },
    after: 1,
    effect: { before: () => open().putManifest(place, two) },
  });
  await remove(one);
  expect([late.hits, await listed()]).toEqual([1, [two.descriptor.digest]]);
  expect(await isThere(two.descriptor.digest)).toBe(true);
});

it("leaves the entry of a writer that had read before it wrote", async () => {
  const { remove, embedded, put, listed } = await start();
  const three = referrerOf(subject, "three");
  await put(JSON.parse(Buffer.from(three.bytes).toString()));
  const manifests = [one, two, three].map((stored) => stored.descriptor);
  const rival = embedded.inject({
    match: (request) => request.method === "HEAD" && request.url.endsWith(tag),
    // The looks of the deletion itself, and the one before the write.
    after: 2,
    effect: { before: async () => void (await put({ ...emptyIndex, manifests }, tag)) },
  });
  await remove(one);
  expect([rival.hits, await listed()]).toEqual([1, [two.descriptor.digest, three.descriptor.digest]]);
});

it("deletes nothing that it cannot take out of the list", async () => {
  const { remove, embedded, listed, isThere } = await start();
  embedded.inject({ match: { method: "PUT", path: tag }, effect: { status: 403 } });
  await expect(remove(one)).rejects.toMatchObject({ code: "DENIED" });
  expect(await isThere(one.descriptor.digest)).toBe(true);
  expect(await listed()).toEqual([one, two].map((stored) => stored.descriptor.digest));
  expect(embedded.log.some((request) => request.method === "DELETE")).toBe(false);
});

it("lists again what the registry does not delete", async () => {
  const { remove, embedded, entries, isThere } = await start();
  const before = await entries(tag);
  embedded.inject({ match: { method: "DELETE" }, times: 99, effect: { status: 405 } });
  await expect(remove(one)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  expect(await isThere(one.descriptor.digest)).toBe(true);
  expect(await entries(tag)).toEqual([...before].reverse());
  // And says what it was, when it cannot even do that.
  embedded.inject({ match: { method: "PUT", path: tag }, after: 1, times: 99, effect: { status: 403 } });
  await expect(remove(one)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  expect(await isThere(one.descriptor.digest)).toBe(true);
});

it("is content when the manifest is gone after all", async () => {
  const { remove, embedded, listed, isThere } = await start();
  embedded.inject({ match: { method: "DELETE" }, effect: { loseResponse: true } });
  embedded.inject({ match: { method: "DELETE" }, times: 99, effect: { status: 500 } });
  await remove(one);
  expect([await isThere(one.descriptor.digest), await listed()]).toEqual([false, [two.descriptor.digest]]);
});

it("still refuses where the list is tagged otherwise, too, and where it is another's list", async () => {
  const { remove, put, isThere, shown } = await start();
  const manifests = [one, two].map((stored) => stored.descriptor);
  const index = { ...emptyIndex, manifests };
  await put(index, tag);
  await put(index, "release");
  await expect(remove(one)).rejects.toMatchObject({ code: "PLAN_STALE" });
  await put({ ...emptyIndex, manifests, annotations: { of: "another" } }, `sha256-${"a".repeat(64)}`);
  await put({ ...emptyIndex, annotations: { no: "more" } }, "release");
  await expect(remove(one)).rejects.toMatchObject({ code: "PLAN_STALE" });
  expect(await isThere(one.descriptor.digest)).toBe(true);
  // Expected, it is only taken out of its own list.
  const other = shown(`sha256-${"a".repeat(64)}`) as Digest;
  await remove(one, { tags: [], parents: [other] });
  expect([await isThere(one.descriptor.digest), shown(`sha256-${"a".repeat(64)}`)]).toEqual([false, other]);
});

it("takes the list of another subject for an index like others", async () => {
  const { remove, put, isThere } = await start([]);
  await put(JSON.parse(Buffer.from(one.bytes).toString()));
  await put({ ...emptyIndex, manifests: [one.descriptor] }, `sha256-${"a".repeat(64)}`);
  await expect(remove(one)).rejects.toMatchObject({ code: "PLAN_STALE" });
  expect(await isThere(one.descriptor.digest)).toBe(true);
});

it("takes the list for an index like others where it is not to be kept", async () => {
  const { remove, open, isThere, listed } = await start();
  const strict = open({ fallbackReferrers: false });
  await expect(remove(one, unused, strict)).rejects.toMatchObject({ code: "PLAN_STALE" });
  expect(await isThere(one.descriptor.digest)).toBe(true);
  expect(await listed()).toHaveLength(2);
});

it("takes an entry out of a list that is too large to get another one", async () => {
  const large = {
    ...emptyIndex,
    manifests: [one.descriptor, two.descriptor],
    annotations: { x: "x".repeat(5_000_000) },
  };
  let list: Uint8Array = Buffer.from(JSON.stringify(large));
  await using scripted = await startScripted(({ method, path, body }) => {
    if (path.includes("/tags/list")) return Response.json({ tags: [tag] });
    if (method === "DELETE") return new Response(null, { status: 202 });
    if (method === "PUT" && path.endsWith(tag)) list = Buffer.from(body);
    const bytes = [one, two].find(({ descriptor }) => path.endsWith(descriptor.digest))?.bytes ?? list;
    const headers = { "content-type": mediaTypes.ociIndex, "docker-content-digest": digestOf(bytes) };
    return new Response(method === "PUT" ? null : bytes, { status: method === "PUT" ? 201 : 200, headers });
  });
  const repository = { registry: scripted.host, repository: "a/b" };
  const target = digestReference(repository, one.descriptor.digest);
  await scripted.registry.deleteManifest?.(target, unused);
  expect(JSON.parse(Buffer.from(list).toString()).manifests).toEqual([two.descriptor]);
  await expect(scripted.registry.putManifest(repository, one)).rejects.toMatchObject({ code: "UNSUPPORTED" });
});
