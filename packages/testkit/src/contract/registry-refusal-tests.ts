import type { CallOptions, Digest, RegistryAdapter, RepositoryName } from "@bayplan/core";
import { digestOf, digestReference, tagReference } from "@bayplan/core";
import { type BuiltImage, buildImage } from "../image/build-image.ts";
import type { ContractTests } from "./contract-runner.ts";
import { drain, expectCode } from "./expect-code.ts";
import { once, type RegistryFixture } from "./registry-fixture.ts";

type Call = (registry: RegistryAdapter, name: RepositoryName, with_: Material) => Promise<unknown>;

interface Material {
  readonly image: BuiltImage;
  readonly digest: Digest;
  readonly options: CallOptions;
}

const calls: Readonly<Record<string, Call>> = {
  resolve: (registry, name, { options }) => registry.resolve(tagReference(name, "v1"), options),
  fetchManifest: (registry, name, { options }) => registry.fetchManifest(tagReference(name, "v1"), options),
  fetchBlob: (registry, name, { digest, options }) => drain(registry.fetchBlob(digestReference(name, digest), options)),
  putManifest: (registry, name, { image, options }) => registry.putManifest(name, image.root, options),
  putBlob: async (registry, name, { image, options }) => {
    for (const blob of image.blobs.slice(0, 1)) await registry.putBlob(name, blob.descriptor, once(blob), options);
  },
  listTags: (registry, name, { options }) => drain(registry.listTags(name, options)),
  tag: (registry, name, { image, options }) =>
    registry.tag(digestReference(name, image.digest), "v1", { absent: true }, options),
};

async function material(options: CallOptions): Promise<Material> {
  const image = await buildImage({ platforms: ["linux/amd64"], files: { "content.txt": "refused" } });
  return { image, digest: digestOf(image.root.bytes), options };
}

/** Cancellation, and hosts that are somebody else's, for every method. */
export const registryRefusalTests: ContractTests<RegistryFixture> = {
  ...Object.fromEntries(
    Object.entries(calls).map(([method, call]) => [
      `stops ${method} with CANCELLED when the signal has aborted`,
      async ({ registry, name }: RegistryFixture) => {
        const cancelled = await material({ signal: AbortSignal.abort() });
        await expectCode("CANCELLED", () => call(registry, name, cancelled));
      },
    ]),
  ),
  "stops a listing with CANCELLED when the signal aborts half-way": async (fixture) => {
    const { digest } = await fixture.store("one");
    for (let index = 0; index < Math.ceil((fixture.pageSize ?? 100) * 2.5); index++) {
      await fixture.seed(digest, `t${index}`);
    }
    const abort = new AbortController();
    await expectCode("CANCELLED", async () => {
      for await (const _ of fixture.registry.listTags(fixture.name, { signal: abort.signal })) abort.abort();
    });
  },
  ...Object.fromEntries(
    Object.entries(calls).map(([method, call]) => [
      `refuses ${method} on a host that is not its own with NOT_ALLOWED`,
      async ({ registry, name }: RegistryFixture) => {
        const foreign = { ...name, registry: "registry.example.invalid" };
        await expectCode("NOT_ALLOWED", async () => call(registry, foreign, await material({})));
      },
    ]),
  ),
};
