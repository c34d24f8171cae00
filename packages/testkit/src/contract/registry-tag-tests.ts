import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Digest, digestOf } from "@bayplan/core";
import type { ContractTests } from "./contract-runner.ts";
import { drain, expectCode } from "./expect-code.ts";
import type { RegistryFixture } from "./registry-fixture.ts";

async function expectTag({ registry, at }: RegistryFixture, tag: string, digest: Digest): Promise<void> {
  const resolution = await registry.resolve(at.tag(tag));
  strictEqual(resolution.state === "present" ? resolution.descriptor.digest : resolution.state, digest);
}

/** Tagging with expectations, and listing tags. */
export const registryTagTests: ContractTests<RegistryFixture> = {
  "tags where nothing is, when nothing is expected": async (fixture) => {
    const { digest } = await fixture.store("one");
    const receipt = await fixture.registry.tag(fixture.at.digest(digest), "v1", { absent: true });
    deepStrictEqual([receipt.changed, receipt.previous], [true, { absent: true }]);
    await expectTag(fixture, "v1", digest);
  },
  "moves a tag from the digest that is expected": async (fixture) => {
    const old = await fixture.storeTagged("one", "latest");
    const { digest } = await fixture.store("two");
    const receipt = await fixture.registry.tag(fixture.at.digest(digest), "latest", { digest: old.digest });
    deepStrictEqual([receipt.changed, receipt.previous], [true, { digest: old.digest }]);
    await expectTag(fixture, "latest", digest);
  },
  "writes nothing when a tag is where none is expected": async (fixture) => {
    const old = await fixture.storeTagged("one", "latest");
    const { digest } = await fixture.store("two");
    await expectCode("TAG_MOVED", () => fixture.registry.tag(fixture.at.digest(digest), "latest", { absent: true }));
    await expectTag(fixture, "latest", old.digest);
  },
  "writes nothing when a tag is not where it is expected": async (fixture) => {
    const current = await fixture.storeTagged("one", "latest");
    const { digest } = await fixture.store("two");
    const other = digestOf(new TextEncoder().encode("what the plan saw"));
    await expectCode("TAG_MOVED", () => fixture.registry.tag(fixture.at.digest(digest), "latest", { digest: other }));
    await expectTag(fixture, "latest", current.digest);
    await expectCode("TAG_MOVED", () => fixture.registry.tag(fixture.at.digest(digest), "gone", { digest: other }));
    deepStrictEqual(await fixture.registry.resolve(fixture.at.tag("gone")), { state: "absent" });
  },
  "changes nothing when the tag is there already": async (fixture) => {
    const { digest } = await fixture.storeTagged("one", "v1");
    const receipt = await fixture.registry.tag(fixture.at.digest(digest), "v1", { digest });
    strictEqual(receipt.changed, false);
    // What a plan finds that was executed before: done, not moved.
    const again = await fixture.registry.tag(fixture.at.digest(digest), "v1", { absent: true });
    deepStrictEqual([again.changed, again.previous], [false, { digest }]);
    await expectTag(fixture, "v1", digest);
  },
  "tags an index byte for byte, however it is written": async (fixture) => {
    const { registry, name, at } = fixture;
    const image = await fixture.store("one", ["linux/amd64", "linux/arm64"]);
    const text = JSON.stringify(JSON.parse(Buffer.from(image.root.bytes).toString()), undefined, 3);
    // Odd spacing and an unknown member: a client that parses and writes it anew gets another digest.
    const bytes = new TextEncoder().encode(`\n${text.replace("{", '{ "x-unknown" : 1.0,')}\n`);
    const descriptor = { ...image.root.descriptor, digest: digestOf(bytes), size: bytes.length };
    await registry.putManifest(name, { descriptor, bytes });
    await registry.tag(at.digest(descriptor.digest), "odd", { absent: true });
    const stored = await registry.fetchManifest(at.tag("odd"));
    deepStrictEqual(Buffer.from(stored?.bytes ?? []), Buffer.from(bytes));
    strictEqual(stored?.descriptor.digest, descriptor.digest);
  },
  "fails to tag what is not there with NOT_FOUND": async ({ registry, at, store }) => {
    await store("one");
    const absent = at.digest(digestOf(new TextEncoder().encode("never stored")));
    await expectCode("NOT_FOUND", () => registry.tag(absent, "v1", { absent: true }));
    deepStrictEqual(await registry.resolve(at.tag("v1")), { state: "absent" });
  },
  "lists all tags over several pages, each once": async ({ registry, name, store, seed, pageSize = 100 }) => {
    const { digest } = await store("one");
    const tags = Array.from({ length: Math.ceil(pageSize * 2.5) }, (_, index) => `t${String(index).padStart(4, "0")}`);
    for (const tag of tags) await seed(digest, tag);
    deepStrictEqual((await drain(registry.listTags(name))).sort(), tags);
  },
  "asks for a page of tags only when it is wanted": async ({ registry, name, store, seed, ...fixture }) => {
    const { digest } = await store("one");
    const count = Math.ceil((fixture.pageSize ?? 100) * 2.5);
    for (let index = 0; index < count; index++) await seed(digest, `t${index}`);
    const before = fixture.requests?.() ?? 0;
    for await (const tag of registry.listTags(name)) {
      ok(tag.startsWith("t"));
      break;
    }
    const forOne = (fixture.requests?.() ?? 0) - before;
    await drain(registry.listTags(name));
    const forAll = (fixture.requests?.() ?? 0) - before - forOne;
    if (fixture.requests !== undefined) ok(forOne < forAll, `${forOne} requests for one tag, ${forAll} for all`);
  },
  "fails to list an unknown repository with NOT_FOUND": async ({ registry, name }) => {
    await expectCode("NOT_FOUND", () => drain(registry.listTags(name)));
  },
};
