import { instantToMs, tagReference } from "@bayplan/core";
import { createManifestCache } from "@bayplan/runtime";
import { createVirtualClock } from "@bayplan/testkit";
import { afterEach, expect, it } from "vitest";
import { drain, openEcr } from "./testing/open-ecr.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(...settings: Parameters<typeof openEcr>) {
  const opened = await openEcr(...settings);
  cleanUps.push(opened.close);
  return opened;
}

const describes = (request: Request): boolean =>
  request.headers.get("x-amz-target")?.endsWith("DescribeImages") === true;

it("lists all images of all pages with tags, times and the size of the manifest", async () => {
  const clock = createVirtualClock();
  const pushedAt = clock.now();
  const { registry, name, store, uses } = await open({ simulator: { clock, pageSize: 3, repositories: ["team/app"] } });
  const images = [];
  for (const content of ["a", "b", "c"]) {
    images.push(await store(content, { platforms: ["linux/amd64", "linux/arm64"], tags: [`v-${content}`, content] }));
  }
  await clock.advance(5000);
  await registry.fetchManifest(tagReference(name, "a"));
  const before = uses("DescribeImages");
  const listed = new Map((await drain(registry.inventory.list(name))).map((one) => [one.descriptor.digest, one]));
  expect(uses("DescribeImages") - before).toBe(3);
  expect(listed.size).toBe(9);
  for (const [index, { root, children }] of images.entries()) {
    expect(listed.get(root.descriptor.digest)).toMatchObject({
      descriptor: root.descriptor,
      tags: [`v-${"abc"[index]}`, "abc"[index]],
      pushedAt,
    });
    for (const child of children) {
      const { platform: _, ...descriptor } = child.descriptor;
      expect(listed.get(descriptor.digest)).toMatchObject({ descriptor, tags: [], pushedAt });
    }
  }
  const pulledAt = [...listed.values()].find(({ tags }) => tags.includes("a"))?.pulledAt;
  expect(instantToMs(pulledAt ?? pushedAt) - instantToMs(pushedAt)).toBe(5000);
});

it("reads each manifest once in its life when it has a cache", async () => {
  const { registry, name, store, uses } = await open({ registry: { cache: createManifestCache() } });
  await store("one", { tags: ["v1"] });
  await drain(registry.inventory.list(name));
  const before = uses("BatchGetImage");
  const [only] = await drain(registry.inventory.list(name));
  expect(uses("BatchGetImage") - before).toBe(0);
  expect(only?.tags).toEqual(["v1"]);
});

it("throws when a page fails in the middle, and is never short", async () => {
  const { registry, name, store, simulator } = await open({ simulator: { pageSize: 2, repositories: ["team/app"] } });
  for (const content of ["a", "b", "c", "d", "e"]) await store(content);
  const effect = { status: 400, headers: { "content-type": "application/x-amz-json-1.1" }, body: '{"__type":"Odd"}' };
  const fault = simulator.inject({ match: describes, after: 1, effect });
  await expect(drain(registry.inventory.list(name))).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  expect(fault.hits).toBe(1);
  const seen = [];
  for await (const one of registry.inventory.list(name)) seen.push(one.descriptor.digest);
  expect(new Set(seen).size).toBe(5);
});

it.each([
  ["has no list", {}, "RESPONSE_INVALID"],
  ["is its own next one", { imageDetails: [], nextToken: "again" }, "RESPONSE_INVALID"],
  ["names no digest", { imageDetails: [{ imageTags: ["v1"] }] }, "RESPONSE_INVALID"],
  [
    "lists an image twice",
    { imageDetails: [{ imageDigest: `sha256:${"a".repeat(64)}` }, { imageDigest: `sha256:${"a".repeat(64)}` }] },
    "INCOMPLETE",
  ],
])("does not trust a page that %s", async (_, page, code) => {
  const { registry, name, simulator } = await open();
  const headers = { "content-type": "application/x-amz-json-1.1" };
  simulator.inject({ match: describes, times: 5, effect: { status: 200, headers, body: JSON.stringify(page) } });
  await expect(drain(registry.inventory.list(name))).rejects.toMatchObject({ code });
});

it("ends a listing without end", async () => {
  const { registry, name, store } = await open({
    simulator: { pageSize: 1, repositories: ["team/app"] },
    registry: { maxPages: 2 },
  });
  for (const content of ["a", "b", "c"]) await store(content);
  await expect(drain(registry.inventory.list(name))).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
});

it("passes over what is deleted meanwhile, and stops at what cannot be read", async () => {
  const { registry, name, store, simulator } = await open();
  const [kept, gone] = [await store("a"), await store("b")];
  let isDone = false;
  simulator.inject({
    match: (request) => request.headers.get("x-amz-target")?.endsWith("BatchGetImage") === true && !isDone,
    effect: {
      before: async () => {
        isDone = true;
        const target = { kind: "digest", ...name, digest: gone.digest } as const;
        await registry.deleteManifest(target, { tags: [], parents: [] });
      },
    },
  });
  const listed = await drain(registry.inventory.list(name));
  expect(listed.map(({ descriptor }) => descriptor.digest)).toEqual([kept.digest]);

  const notFound = { imageId: { imageDigest: kept.digest }, failureCode: "ImageNotFound", failureReason: "no" };
  simulator.inject({
    match: (request) => request.headers.get("x-amz-target")?.endsWith("BatchGetImage") === true,
    effect: {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify({ images: [], failures: [notFound] }),
    },
  });
  await expect(drain(registry.inventory.list(name))).rejects.toMatchObject({ code: "INCOMPLETE" });
});

it("fails to list an unknown repository with NOT_FOUND", async () => {
  const { registry, nameOf } = await open();
  await expect(drain(registry.inventory.list(nameOf("team/none")))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
