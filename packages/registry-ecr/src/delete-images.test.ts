import { type Digest, digestOf, digestReference, mediaTypes, type StoredBytes, tagReference } from "@bayplan/core";
import { afterEach, expect, it } from "vitest";
import { openEcr } from "./testing/open-ecr.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(...settings: Parameters<typeof openEcr>) {
  const opened = await openEcr(...settings);
  cleanUps.push(opened.close);
  const { name, simulator, registry } = opened;
  const at = (digest: Digest) => digestReference(name, digest);
  /** Does something in the moment before the first call of that action. */
  const rightBefore = (action: string, act: () => Promise<unknown>): void => {
    let isDone = false;
    simulator.inject({
      match: (request) => request.headers.get("x-amz-target")?.endsWith(`.${action}`) === true && !isDone,
      effect: {
        before: async () => {
          isDone = true;
          await act();
        },
      },
    });
  };
  const remove = (digest: Digest, tags: readonly string[] = [], parents: readonly Digest[] = []) =>
    registry.deleteManifest(at(digest), { tags, parents });
  return { ...opened, at, rightBefore, remove, left: () => simulator.images("team/app") };
}

it("deletes an image with exactly the tags that were expected", async () => {
  const { store, remove, left } = await open();
  const image = await store("one", { tags: ["v1", "latest"] });
  await expect(remove(image.digest)).rejects.toMatchObject({ code: "TAG_MOVED" });
  await expect(remove(image.digest, ["v1"])).rejects.toMatchObject({ code: "TAG_MOVED" });
  await expect(remove(image.digest, ["v1", "latest", "more"])).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(left()).toEqual([image.digest]);
  await remove(image.digest, ["latest", "v1"]);
  expect(left()).toEqual([]);
  // Done is done.
  await remove(image.digest, ["latest", "v1"]);
});

it("keeps an image that gets another tag between the look and the deletion", async () => {
  const { store, remove, left, registry, at, rightBefore, simulator } = await open();
  const image = await store("one", { tags: ["old"] });
  rightBefore("BatchDeleteImage", () => registry.tag(at(image.digest), "new", { absent: true }));
  await expect(remove(image.digest, ["old"])).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(left()).toEqual([image.digest]);
  expect(simulator.snapshot()["team/app"]).toEqual({ new: image.digest });
});

it("leaves a tag that is moved between the look and the deletion where it is", async () => {
  const { store, remove, left, registry, at, rightBefore, simulator } = await open();
  const [image, other] = [await store("one", { tags: ["v1"] }), await store("two")];
  rightBefore("BatchDeleteImage", () => registry.tag(at(other.digest), "v1", { digest: image.digest }));
  await expect(remove(image.digest, ["v1"])).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(simulator.snapshot()["team/app"]).toEqual({ v1: other.digest });
  expect(new Set(left())).toEqual(new Set([image.digest, other.digest]));
});

it("says PLAN_STALE of an image in an index that was not expected, else CONFLICT", async () => {
  const { store, remove, left } = await open();
  const image = await store("one", { platforms: ["linux/amd64", "linux/arm64"], tags: ["v1"] });
  const child = image.children[0]?.descriptor.digest ?? image.digest;
  await expect(remove(child)).rejects.toMatchObject({ code: "PLAN_STALE" });
  await expect(remove(child, [], [image.digest])).rejects.toMatchObject({ code: "CONFLICT" });
  expect(left()).toHaveLength(3);
  await remove(image.digest, ["v1"]);
  await remove(child, [], [image.digest]);
  expect(left()).toHaveLength(1);
});

it("deletes many at once: indexes first, nested ones too, whatever the order, in few requests", async () => {
  const { store, registry, name, at, left, uses } = await open();
  const image = await store("one", { platforms: ["linux/amd64", "linux/arm64"], tags: ["v1"] });
  const kept = await store("kept", { tags: ["kept"] });
  const outer = await putIndex(registry, name, [image.root]);
  await registry.tag(at(outer), "outer", { absent: true });
  const gone = digestOf(new TextEncoder().encode("never there"));
  const children = image.children.map(({ descriptor }) => descriptor.digest);
  const order = (digest: Digest, tags: readonly string[] = []) => ({
    target: at(digest),
    expected: { tags, parents: [outer, image.digest] },
  });
  const orders = [
    ...children.map((digest) => order(digest)),
    order(image.digest, ["v1"]),
    order(gone),
    order(outer, ["outer"]),
    order(kept.digest, ["something else"]),
  ];
  const before = uses("BatchDeleteImage");
  const outcomes = await registry.deleteManifests(name, orders);
  const codes = outcomes.map(([, outcome]) => ("error" in outcome ? outcome.error.code : "deleted"));
  expect(codes).toEqual(["deleted", "deleted", "deleted", "deleted", "deleted", "TAG_MOVED"]);
  expect(outcomes.map(([{ digest }]) => digest)).toEqual(orders.map(({ target }) => target.digest));
  expect(left()).toEqual([kept.digest]);
  expect(uses("BatchDeleteImage") - before).toBeLessThanOrEqual(4);
});

it("keeps the children of an index that is kept", async () => {
  const { store, registry, name, at, left } = await open();
  const image = await store("one", { platforms: ["linux/amd64", "linux/arm64"], tags: ["v1"] });
  const orders = [image.digest, ...image.children.map(({ descriptor }) => descriptor.digest)].map((digest) => ({
    target: at(digest),
    expected: { tags: [], parents: [image.digest] },
  }));
  const outcomes = await registry.deleteManifests(name, orders);
  const codes = outcomes.map(([, outcome]) => ("error" in outcome ? outcome.error.code : "deleted"));
  expect(codes).toEqual(["TAG_MOVED", "CONFLICT", "CONFLICT"]);
  expect(left()).toHaveLength(3);
});

it("deletes 150 images by calls of at most 100", async () => {
  const { store, registry, name, at, left, uses } = await open();
  const digests: Digest[] = [];
  const image = await store("one");
  for (let index = 0; index < 150; index += 1) digests.push(await putIndex(registry, name, [image.root], index));
  const orders = digests.map((digest) => ({ target: at(digest), expected: { tags: [], parents: [] } }));
  await registry.deleteManifests(name, orders);
  expect(left()).toEqual([image.digest]);
  expect(uses("BatchDeleteImage")).toBe(2);
});

it("finishes a deletion whose answer was lost", async () => {
  const { store, remove, left, simulator } = await open();
  const image = await store("one", { tags: ["v1"] });
  const lost = simulator.inject({
    match: (request) => request.headers.get("x-amz-target")?.endsWith(".BatchDeleteImage") === true,
    effect: { loseResponse: true },
  });
  await remove(image.digest, ["v1"]);
  expect([lost.hits, left()]).toEqual([1, []]);
});

it("takes a tag off an image that has another one", async () => {
  const { store, registry, name, left, simulator } = await open();
  const [image, other] = [await store("one", { tags: ["v1", "latest"] }), await store("two", { tags: ["v2"] })];
  const untag = (tag: string, digest: Digest) => registry.untag(tagReference(name, tag), digest);
  await expect(untag("latest", other.digest)).rejects.toMatchObject({ code: "TAG_MOVED" });
  await untag("latest", image.digest);
  await untag("latest", image.digest);
  expect(simulator.snapshot()["team/app"]).toEqual({ v1: image.digest, v2: other.digest });
  expect(left()).toHaveLength(2);
});

it("refuses to take the last tag off, which would delete the image", async () => {
  const { store, registry, name, left } = await open();
  const image = await store("one", { tags: ["v1"] });
  const untag = registry.untag(tagReference(name, "v1"), image.digest);
  await expect(untag).rejects.toMatchObject({ code: "UNSUPPORTED" });
  expect(left()).toEqual([image.digest]);
});

it("keeps an image of which two tags are taken off at the same time", async () => {
  const { store, registry, name, left } = await open();
  const image = await store("one", { tags: ["v1", "latest"] });
  const results = await Promise.allSettled(
    ["v1", "latest"].map((tag) => registry.untag(tagReference(name, tag), image.digest)),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(left()).toEqual([image.digest]);
});

it("stores an image again that somebody else's untagging has made its last tag's", async () => {
  const { store, registry, client, name, left, rightBefore, simulator } = await open();
  const image = await store("one", { tags: ["v1", "latest"] });
  const { BatchDeleteImageCommand } = await import("@aws-sdk/client-ecr");
  rightBefore("BatchDeleteImage", () =>
    client.send(new BatchDeleteImageCommand({ repositoryName: name.repository, imageIds: [{ imageTag: "v1" }] })),
  );
  const untag = registry.untag(tagReference(name, "latest"), image.digest);
  await expect(untag).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(left()).toEqual([image.digest]);
  expect(simulator.snapshot()["team/app"]).toEqual({});
});

async function putIndex(
  registry: Awaited<ReturnType<typeof open>>["registry"],
  name: Awaited<ReturnType<typeof open>>["name"],
  manifests: readonly StoredBytes[],
  mark = 0,
): Promise<Digest> {
  const mediaType = mediaTypes.ociIndex;
  const annotations = { mark: String(mark) };
  const document = {
    schemaVersion: 2,
    mediaType,
    manifests: manifests.map(({ descriptor }) => descriptor),
    annotations,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await registry.putManifest(name, { descriptor, bytes });
  return descriptor.digest;
}
