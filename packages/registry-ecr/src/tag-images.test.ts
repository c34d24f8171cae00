import { type Digest, digestOf, digestReference, tagReference } from "@bayplan/core";
import { afterEach, expect, it } from "vitest";
import { isImmutableEcrTag } from "./immutable-tag.ts";
import { openEcr } from "./testing/open-ecr.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(...settings: Parameters<typeof openEcr>) {
  const opened = await openEcr(...settings);
  cleanUps.push(opened.close);
  const shown = (tag: string): Digest | undefined => opened.simulator.snapshot()["team/app"]?.[tag];
  return { ...opened, shown, at: (digest: Digest) => digestReference(opened.name, digest) };
}

const is =
  (action: string) =>
  (request: Request): boolean =>
    request.headers.get("x-amz-target")?.endsWith(`.${action}`) === true;

it("writes a tag in three requests, and finds it there by one", async () => {
  const { registry, store, at, uses, simulator, shown } = await open();
  const image = await store("one");
  const before = simulator.log.length;
  const receipt = await registry.tag(at(image.digest), "v1", { absent: true });
  expect(receipt).toEqual({ guarantee: "checked", previous: { absent: true }, changed: true });
  expect(simulator.log.length - before).toBe(3);
  expect(shown("v1")).toBe(image.digest);
  const puts = uses("PutImage");
  expect(await registry.tag(at(image.digest), "v1", { absent: true })).toMatchObject({ changed: false });
  expect(uses("PutImage")).toBe(puts);
  expect(simulator.log.length - before).toBe(4);
});

it("writes many tags with one look before and one after, in their order, or none", async () => {
  const { registry, store, at, simulator, shown } = await open();
  const old = await store("old", { tags: ["latest"] });
  const image = await store("new");
  const wrong = registry.tagMany?.(at(image.digest), [
    { tag: "v1", expected: { absent: true } },
    { tag: "latest", expected: { absent: true } },
  ]);
  await expect(wrong).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(shown("v1")).toBeUndefined();
  const before = simulator.log.length;
  const receipts = await registry.tagMany?.(at(image.digest), [
    { tag: "v1", expected: { absent: true } },
    { tag: "latest", expected: { digest: old.digest } },
  ]);
  expect(receipts?.map(({ previous }) => previous)).toEqual([{ absent: true }, { digest: old.digest }]);
  expect(simulator.log.length - before).toBe(4);
  expect([shown("v1"), shown("latest")]).toEqual([image.digest, image.digest]);
});

it("keeps the media type that a manifest does not name itself", async () => {
  const { registry, store, name, at } = await open();
  const image = await store("one");
  const { mediaType: _, ...document } = JSON.parse(new TextDecoder().decode(image.root.bytes)) as { mediaType: string };
  const bytes = new TextEncoder().encode(JSON.stringify(document, undefined, 1));
  const descriptor = { ...image.root.descriptor, digest: digestOf(bytes), size: bytes.length };
  await registry.putManifest(name, { descriptor, bytes });
  await registry.tag(at(descriptor.digest), "plain", { absent: true });
  const resolution = await registry.resolve(tagReference(name, "plain"));
  expect(resolution).toMatchObject({ descriptor: { digest: descriptor.digest, mediaType: descriptor.mediaType } });
});

it("takes an immutable tag with the same digest for success, and another digest for TAG_IMMUTABLE", async () => {
  const { registry, store, name, at, simulator, shown } = await open();
  const image = await store("one", { tags: ["v1"] });
  const other = await store("two");
  await registry.ensureRepository(name, { tagMutability: { setting: "IMMUTABLE" }, update: true });
  expect(await registry.tag(at(image.digest), "v1", { absent: true })).toMatchObject({ changed: false });
  const move = registry.tag(at(other.digest), "v1", { digest: image.digest });
  await expect(move).rejects.toMatchObject({ code: "TAG_IMMUTABLE" });
  expect(shown("v1")).toBe(image.digest);

  // Somebody else writes the same right before us: refused by the registry, and yet what was wanted.
  let isDone = false;
  simulator.inject({
    match: (request) => is("PutImage")(request) && !isDone,
    effect: {
      before: async () => {
        isDone = true;
        await registry.tag(at(other.digest), "v2", { absent: true });
      },
    },
  });
  const receipt = await registry.tag(at(other.digest), "v2", { absent: true });
  expect(receipt).toMatchObject({ previous: { absent: true }, changed: false });
});

it("takes ImageAlreadyExistsException for success", async () => {
  const { registry, store, at, simulator, shown } = await open();
  const image = await store("one");
  let isDone = false;
  simulator.inject({
    match: (request) => is("PutImage")(request) && !isDone,
    effect: {
      before: async () => {
        isDone = true;
        await registry.tag(at(image.digest), "v1", { absent: true });
      },
    },
  });
  expect(await registry.tag(at(image.digest), "v1", { absent: true })).toMatchObject({ changed: false });
  expect(shown("v1")).toBe(image.digest);
});

it.each([
  ["IMMUTABLE_WITH_EXCLUSION" as const, ["latest", "sha256-*"]],
  ["MUTABLE_WITH_EXCLUSION" as const, ["v*"]],
])("predicts what %s with %j refuses", async (setting, exclusionFilters) => {
  const { registry, store, name, at } = await open();
  const tags = ["latest", "v1", "main", `sha256-${"a".repeat(64)}`];
  const old = await store("old", { tags });
  const image = await store("new");
  await registry.ensureRepository(name, { tagMutability: { setting, exclusionFilters }, update: true });
  const mutability = await registry.tagMutability(name);
  for (const tag of tags) {
    const code = await registry.tag(at(image.digest), tag, { digest: old.digest }).then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
    expect([tag, code]).toEqual([tag, isImmutableEcrTag(mutability, tag) ? "TAG_IMMUTABLE" : undefined]);
  }
});

it("does not repeat a write whose answer was lost over what somebody else has written since", async () => {
  const { registry, store, at, simulator, shown } = await open();
  const old = await store("old", { tags: ["latest"] });
  const [ours, theirs] = [await store("ours"), await store("theirs")];
  const lost = simulator.inject({ match: is("PutImage"), effect: { loseResponse: true } });
  let isDone = false;
  simulator.inject({
    // Whatever follows the lost write: a look, or the write once more.
    match: (request) => (is("BatchGetImage")(request) || is("PutImage")(request)) && lost.hits === 1 && !isDone,
    effect: {
      before: async () => {
        isDone = true;
        await registry.tag(at(theirs.digest), "latest", { digest: ours.digest });
      },
    },
  });
  const writing = registry.tag(at(ours.digest), "latest", { digest: old.digest });
  await expect(writing).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(shown("latest")).toBe(theirs.digest);
});

it("finds a write whose answer was lost, and repeats one that was lost before it arrived", async () => {
  const { registry, store, at, simulator, uses, shown } = await open();
  const image = await store("one");
  simulator.inject({ match: is("PutImage"), effect: { loseResponse: true } });
  expect(await registry.tag(at(image.digest), "v1", { absent: true })).toMatchObject({ changed: true });
  const puts = uses("PutImage");
  const reset = simulator.inject({ match: is("PutImage"), effect: { reset: true } });
  expect(await registry.tag(at(image.digest), "v2", { absent: true })).toMatchObject({ changed: true });
  expect([reset.hits, uses("PutImage") - puts]).toEqual([1, 1]);
  expect([shown("v1"), shown("v2")]).toEqual([image.digest, image.digest]);
});

it("waits out throttling of a write", async () => {
  const { registry, store, at, simulator, shown } = await open();
  const image = await store("one");
  const fault = simulator.throttle("PutImage", 2);
  await registry.tag(at(image.digest), "v1", { absent: true });
  expect([fault.hits, shown("v1")]).toEqual([2, image.digest]);
});

it("notices a tag that is moved right after it was written", async () => {
  const { registry, store, at, simulator, client, name, shown } = await open();
  const [image, other] = [await store("one"), await store("two")];
  const { PutImageCommand } = await import("@aws-sdk/client-ecr");
  let looks = 0;
  simulator.inject({
    match: (request) => is("BatchGetImage")(request) && ++looks === 2,
    effect: {
      before: async () => {
        const imageManifest = new TextDecoder().decode(other.root.bytes);
        await client.send(new PutImageCommand({ repositoryName: name.repository, imageManifest, imageTag: "v1" }));
      },
    },
  });
  const writing = registry.tag(at(image.digest), "v1", { absent: true });
  await expect(writing).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(shown("v1")).toBe(other.digest);
});
