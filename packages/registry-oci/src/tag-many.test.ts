import { type Digest, digestReference, type Expected } from "@bayplan/core";
import { buildImage, createEmbeddedRegistry, createVirtualClock, type EmbeddedRegistryOptions } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";

const name = { registry: "registry.test", repository: "a/b" };
const absent: Expected = { absent: true };

async function start(options: EmbeddedRegistryOptions & { ignoresTags?: boolean } = {}) {
  const embedded = createEmbeddedRegistry(options);
  const fetch: typeof embedded.fetch = async (input, init) => {
    const url = new URL(String(input instanceof Request ? input.url : input));
    if (options.ignoresTags) url.searchParams.delete("tag");
    return embedded.fetch(url.href, init);
  };
  const registry = createOciRegistry({ hosts: [name.registry], fetch, clock: createVirtualClock({ auto: true }) });
  const digests: Digest[] = [];
  for (const content of ["one", "two"]) {
    const image = await buildImage({ platforms: ["linux/amd64"], files: { content } });
    for (const blob of image.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
    for (const manifest of [...image.children, image.root]) await registry.putManifest(name, manifest);
    digests.push(image.digest);
  }
  const [one, two] = digests as [Digest, Digest];
  const tagMany = async (digest: Digest, tags: Record<string, Expected>) =>
    registry.tagMany?.(
      digestReference(name, digest),
      Object.entries(tags).map(([tag, expected]) => ({ tag, expected })),
    );
  const from = embedded.log.length;
  const puts = () => embedded.log.slice(from).filter((request) => request.method === "PUT").length;
  const shows = () => embedded.snapshot()[name.repository] ?? {};
  return { embedded, registry, tagMany, puts, shows, one, two };
}

it("writes all tags by one PUT where the registry echoes them", async () => {
  const { tagMany, puts, shows, one, two } = await start();
  const fresh = { guarantee: "checked", previous: absent, changed: true };
  expect(await tagMany(one, { "1.2.3": absent, "1.2": absent, latest: absent })).toEqual([fresh, fresh, fresh]);
  expect([puts(), shows()]).toEqual([1, { "1.2.3": one, "1.2": one, latest: one }]);
  expect(await tagMany(two, { "1.3": absent, latest: { digest: one } })).toEqual([
    fresh,
    { guarantee: "checked", previous: { digest: one }, changed: true },
  ]);
  expect(await tagMany(two, { "1.3": absent, latest: { digest: one } })).toMatchObject([
    { changed: false },
    { changed: false },
  ]);
  expect(puts()).toBe(2);
});

it("writes them one by one where it does not, and asks only once whether it does", async () => {
  const { tagMany, puts, shows, one } = await start({ ignoresTags: true });
  expect(await tagMany(one, { a: absent, b: absent })).toMatchObject([{ changed: true }, { changed: true }]);
  expect([puts(), shows()]).toEqual([3, { a: one, b: one }]);
  await tagMany(one, { c: absent, d: absent });
  expect(puts()).toBe(5);
});

it("writes none when one is not as expected", async () => {
  const { tagMany, puts, one, two } = await start();
  await tagMany(one, { a: absent });
  await expect(tagMany(two, { b: absent, a: absent })).rejects.toMatchObject({ code: "TAG_MOVED" });
  expect(puts()).toBe(1);
});

it("finds out by looking when the answer is lost, and which tag it was that is immutable", async () => {
  const { embedded, tagMany, shows, one, two } = await start({ immutableTags: (_, tag) => tag === "fixed" });
  embedded.inject({ match: { method: "PUT" }, times: 99, effect: { loseResponse: true } });
  expect(await tagMany(one, { fixed: absent, b: absent })).toMatchObject([{ changed: true }, { changed: true }]);
  await expect(tagMany(two, { fixed: { digest: one }, b: { digest: one } })).rejects.toMatchObject({
    code: expect.stringMatching(/TAG_IMMUTABLE|UNAVAILABLE/),
  });
  expect(shows()["fixed"]).toBe(one);
});
