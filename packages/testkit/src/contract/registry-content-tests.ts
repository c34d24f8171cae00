import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { digestOf, mediaTypes, parseManifest, type StoredBytes } from "@bayplan/core";
import type { ContractTests } from "./contract-runner.ts";
import { drain, expectCode } from "./expect-code.ts";
import { once, type RegistryFixture } from "./registry-fixture.ts";

const missing = digestOf(new TextEncoder().encode("never stored"));

/** Reading and writing of manifests and blobs. */
export const registryContentTests: ContractTests<RegistryFixture> = {
  "names its host exactly": async ({ registry, host }) => {
    ok(registry.hosts.includes(host), `hosts ${registry.hosts.join(", ")} lack ${host}`);
    notStrictEqual(registry.id, "");
  },
  "resolves a tag to the descriptor of what it names": async ({ registry, at, storeTagged }) => {
    const image = await storeTagged("one", "v1");
    const resolution = await registry.resolve(at.tag("v1"));
    strictEqual(resolution.state, "present");
    if (resolution.state !== "present") return;
    const { digest, mediaType, size } = resolution.descriptor;
    deepStrictEqual({ mediaType, digest, size }, image.root.descriptor);
  },
  "resolves an absent tag to absent": async ({ registry, at, store }) => {
    await store("one");
    deepStrictEqual(await registry.resolve(at.tag("nothing-here")), { state: "absent" });
  },
  "resolves a digest": async ({ registry, at, store }) => {
    const image = await store("one");
    strictEqual((await registry.resolve(at.digest(image.digest))).state, "present");
    deepStrictEqual(await registry.resolve(at.digest(missing)), { state: "absent" });
  },
  "never says that an unknown repository is present": async ({ registry, at }) => {
    const { state } = await registry.resolve(at.tag("v1"));
    ok(state === "absent" || state === "denied-or-absent", `resolved to ${state}`);
    strictEqual(await registry.fetchManifest(at.tag("v1")), undefined);
  },
  "fetches the exact bytes of a manifest, by tag and by digest": async ({ registry, at, storeTagged }) => {
    const image = await storeTagged("one", "v1");
    for (const reference of [at.tag("v1"), at.digest(image.digest)]) {
      const stored = await registry.fetchManifest(reference);
      deepStrictEqual(
        stored?.bytes === undefined ? undefined : Buffer.from(stored.bytes),
        Buffer.from(image.root.bytes),
      );
      strictEqual(stored?.descriptor.digest, image.digest);
      strictEqual(stored?.descriptor.mediaType, image.root.descriptor.mediaType);
    }
  },
  "fetches undefined for an absent manifest": async ({ registry, at, store }) => {
    await store("one");
    strictEqual(await registry.fetchManifest(at.tag("nothing-here")), undefined);
    strictEqual(await registry.fetchManifest(at.digest(missing)), undefined);
  },
  "stores a manifest again without complaint": async ({ registry, name, at, store }) => {
    const image = await store("one");
    await registry.putManifest(name, image.root);
    strictEqual((await registry.resolve(at.digest(image.digest))).state, "present");
  },
  "fetches a blob as it was put": async ({ registry, at, store }) => {
    const image = await store("one");
    for (const blob of image.blobs) {
      const chunks = await drain(registry.fetchBlob(at.digest(blob.descriptor.digest)));
      deepStrictEqual(Buffer.concat(chunks), Buffer.from(blob.bytes));
    }
  },
  "puts a blob of several chunks, and again without effect": async ({ registry, name, at }) => {
    const chunks = [1, 2, 3].map((value) => new Uint8Array(70_000).fill(value));
    const bytes = Buffer.concat(chunks);
    const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(bytes), size: bytes.length };
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      yield* chunks;
    };
    await registry.putBlob(name, descriptor, stream());
    await registry.putBlob(name, descriptor, stream());
    deepStrictEqual(Buffer.concat(await drain(registry.fetchBlob(at.digest(descriptor.digest)))), bytes);
  },
  "fails to fetch an absent blob with NOT_FOUND": async ({ registry, at, store }) => {
    await store("one");
    await expectCode("NOT_FOUND", () => drain(registry.fetchBlob(at.digest(missing))));
  },
  "refuses a blob whose content is not its digest's": async ({ registry, name, at }) => {
    const bytes = new TextEncoder().encode("other content");
    const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: missing, size: bytes.length };
    await expectCode("DIGEST_MISMATCH", () => registry.putBlob(name, descriptor, once({ descriptor, bytes })));
    await expectCode("NOT_FOUND", () => drain(registry.fetchBlob(at.digest(missing))));
  },
  "refuses a manifest whose bytes are not its digest's": async ({ registry, name, at, store }) => {
    const image = await store("one");
    const wrong: StoredBytes = { ...image.root, descriptor: { ...image.root.descriptor, digest: missing } };
    await expectCode("DIGEST_MISMATCH", () => registry.putManifest(name, wrong));
    deepStrictEqual(await registry.resolve(at.digest(missing)), { state: "absent" });
  },
  "keeps an index and its platforms": async ({ registry, at, store }) => {
    const image = await store("one", ["linux/amd64", "linux/arm64"]);
    const stored = await registry.fetchManifest(at.digest(image.digest));
    const index = stored === undefined ? undefined : parseManifest(stored);
    ok(index?.kind === "index");
    strictEqual(index.manifests.length, 2);
    for (const child of index.manifests) {
      strictEqual((await registry.resolve(at.digest(child.digest))).state, "present");
    }
  },
};
