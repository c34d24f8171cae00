import {
  type CopyProgress,
  copyImage,
  type Digest,
  digestOf,
  mediaTypes,
  parseReference,
  type RegistryAdapter,
  type StoredBytes,
} from "@bayplan/core";
import { buildImage, createEmbeddedRegistry, pushImage } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { openLackingRegistry, place } from "./testing/lacking-registry.ts";

/** Two registries and a two-platform image with a shared layer in the first one. */
async function createWorld() {
  const [left, right] = [createEmbeddedRegistry(), createEmbeddedRegistry()];
  const adapter = (host: string, registry: typeof left) => createOciRegistry({ hosts: [host], fetch: registry.fetch });
  const image = await buildImage({ platforms: ["linux/amd64", "linux/arm64"], files: { a: "b" } });
  await pushImage({ origin: "https://left.example", repository: "app", tag: "1", image, fetch: left.fetch });
  const from = { registry: adapter("left.example", left), reference: parseReference("left.example/app:1") };
  const to = {
    registry: adapter("right.example", right),
    repository: { registry: "right.example", repository: "copy" },
  };
  return { left, right, image, from, to };
}

const tag = { name: "1", expected: { absent: true } } as const;
const kinds = (events: readonly CopyProgress[]) => events.map((event) => event.kind);
const uploads = (registry: ReturnType<typeof createEmbeddedRegistry>) =>
  registry.log.filter((request) => request.method === "PUT" && request.path.includes("/blobs/")).length;

describe("copyImage", () => {
  it("copies everything an index consists of, each part once, children first and the tag last", async () => {
    const { left, right, image, from, to } = await createWorld();
    const receipt = await copyImage(from, { ...to, tag });
    expect(receipt).toMatchObject({ digest: image.digest, tag: { changed: true, previous: { absent: true } } });
    expect(right.snapshot()).toEqual({ copy: { "1": left.snapshot()["app"]?.["1"] } });
    expect(uploads(right)).toBe(image.blobs.length);
    expect(kinds(receipt.events).at(-1)).toBe("manifest-copied");
    const copied = await to.registry.fetchManifest(parseReference("right.example/copy:1"));
    expect(copied?.bytes).toEqual(image.root.bytes);
  });

  it("sends nothing the second time", async () => {
    const { right, from, to } = await createWorld();
    await copyImage(from, { ...to, tag });
    const before = uploads(right);
    const again = await copyImage(from, { ...to, tag });
    expect(again.tag).toMatchObject({ changed: false });
    expect(new Set(kinds(again.events))).toEqual(new Set(["manifest-present"]));
    expect(uploads(right)).toBe(before);
  });

  it("does not tag when the tag shows something else than expected", async () => {
    const { right, from, to } = await createWorld();
    const other = await buildImage({ platforms: ["linux/amd64"], files: { other: "x" } });
    await pushImage({
      origin: "https://right.example",
      repository: "copy",
      tag: "1",
      image: other,
      fetch: right.fetch,
    });
    await expect(copyImage(from, { ...to, tag })).rejects.toMatchObject({ code: "TAG_MOVED" });
    expect(right.snapshot()).toEqual({ copy: { "1": other.digest } });
  });

  it("takes referrers along, also one that contains what it refers to", async () => {
    const { from, to, image } = await createWorld();
    const signature = await pushReferrer(from.registry, image.root, "application/vnd.example.signature");
    const statement = await pushReferrer(from.registry, signature, "application/vnd.example.statement");
    const listed: Readonly<Record<string, readonly StoredBytes[]>> = {
      [image.digest]: [signature],
      [signature.descriptor.digest]: [statement],
    };
    const referrers: NonNullable<RegistryAdapter["referrers"]> = {
      async *list(subject) {
        yield* (listed[subject.digest] ?? []).map((stored) => stored.descriptor);
      },
    };
    const receipt = await copyImage({ ...from, registry: { ...from.registry, referrers } }, to);
    for (const { descriptor } of [signature, statement]) {
      const reference = { ...to.repository, kind: "digest", digest: descriptor.digest } as const;
      expect(await to.registry.resolve(reference)).toMatchObject({ state: "present" });
    }
    expect(receipt.events.filter((event) => event.kind === "manifest-copied")).toHaveLength(5);

    const without = await createWorld();
    await pushReferrer(without.from.registry, without.image.root, "application/vnd.example.signature");
    const bare = await copyImage({ ...without.from, registry: { ...without.from.registry, referrers } }, without.to, {
      referrers: false,
    });
    expect(bare.events.filter((event) => event.kind === "manifest-copied")).toHaveLength(3);
  });

  it("lists the referrers at a target that takes no notice of them, and copies no list of the source", async () => {
    const { from, image } = await createWorld();
    const lacking = openLackingRegistry();
    const to = { registry: lacking.open(), repository: place };
    const fallback = image.digest.replace(":", "-");
    const signature = await pushReferrer(from.registry, image.root, "application/vnd.example.signature");
    const sbom = await pushReferrer(from.registry, image.root, "application/vnd.example.sbom");
    const statement = await pushReferrer(from.registry, signature, "application/vnd.example.statement");
    const digests = async (tag: string) => (await lacking.entries(tag)).map((entry) => entry["digest"]).sort();
    const wanted = [signature.descriptor.digest, sbom.descriptor.digest].sort();
    await copyImage(from, { ...to, tag });
    expect(await digests(fallback)).toEqual(wanted);
    const ofSignature = signature.descriptor.digest.replace(":", "-");
    expect(await digests(ofSignature)).toEqual([statement.descriptor.digest]);
    const tags = Object.keys(lacking.embedded.snapshot()[place.repository] ?? {});
    expect(tags.sort()).toEqual(["1", fallback, ofSignature].sort());
    // From there on to the next of its kind: the entries come along, the index does not.
    const next = openLackingRegistry();
    const source = { registry: to.registry, reference: { ...place, kind: "tag", tag: "1" } as const };
    await copyImage(source, { registry: next.open(), repository: place, tag });
    expect((await next.entries(fallback)).map((entry) => entry["digest"]).sort()).toEqual(wanted);
    expect(Object.keys(next.embedded.snapshot()[place.repository] ?? {}).sort()).toEqual(tags.sort());
  });

  it("goes on without a referrer that the source lists and does not have, and says so", async () => {
    const { from, image } = await createWorld();
    const lacking = openLackingRegistry();
    await copyImage(from, { registry: lacking.open(), repository: place, tag });
    const [gone, kept] = [
      await pushReferrer(lacking.open(), image.root, "application/vnd.example.gone", place),
      await pushReferrer(lacking.open(), image.root, "application/vnd.example.kept", place),
    ];
    // As other clients delete: the list is left as it is.
    const path = `https://${place.registry}/v2/${place.repository}/manifests/${gone.descriptor.digest}`;
    expect((await lacking.embedded.fetch(path, { method: "DELETE" })).status).toBe(202);
    const source = { registry: lacking.open(), reference: { ...place, kind: "tag", tag: "1" } as const };
    const next = createEmbeddedRegistry();
    const to = createOciRegistry({ hosts: ["next.example"], fetch: next.fetch });
    const target = { registry: to, repository: { registry: "next.example", repository: "copy" }, tag };
    const receipt = await copyImage(source, target);
    expect(receipt.missingReferrers).toEqual([gone.descriptor.digest]);
    const there = { ...target.repository, kind: "digest", digest: kept.descriptor.digest } as const;
    expect((await to.resolve(there)).state).toBe("present");
    expect(receipt.events.some(({ digest }) => digest === gone.descriptor.digest)).toBe(false);
  });

  it("lists the second time what it could not list the first time, and then writes nothing more", async () => {
    const { from, image } = await createWorld();
    const lacking = openLackingRegistry();
    const fallback = image.digest.replace(":", "-");
    const signature = await pushReferrer(from.registry, image.root, "application/vnd.example.signature");
    const copy = () => copyImage(from, { registry: lacking.open(), repository: place, tag });
    const refusal = lacking.embedded.inject({ match: { method: "PUT", path: fallback }, effect: { status: 403 } });
    await expect(copy()).rejects.toMatchObject({ code: "DENIED" });
    expect([refusal.hits, lacking.shown("1"), lacking.shown(fallback)]).toEqual([1, undefined, undefined]);
    await copy();
    expect((await lacking.entries(fallback)).map((entry) => entry["digest"])).toEqual([signature.descriptor.digest]);
    const before = lacking.embedded.log.length;
    await copy();
    expect(lacking.embedded.log.slice(before).filter((request) => request.method === "PUT")).toEqual([]);
    // A signature copied by itself, without what it refers to, is listed again just so.
    await lacking.embedded.fetch(`https://${place.registry}/v2/${place.repository}/manifests/${fallback}`, {
      method: "DELETE",
    });
    const own = {
      registry: from.registry,
      reference: parseReference(`left.example/app@${signature.descriptor.digest}`),
    };
    await copyImage(own, { registry: lacking.open(), repository: place });
    expect(await lacking.entries(fallback)).toHaveLength(1);
  });

  it("mounts inside one registry where it can, and streams where it cannot", async () => {
    const { from, image } = await createWorld();
    const mounted: Digest[] = [];
    const mountBlob: NonNullable<RegistryAdapter["mountBlob"]> = async (_, blob) => {
      mounted.push(blob.digest);
      return false;
    };
    const registry = { ...from.registry, mountBlob };
    const target = { registry, repository: { registry: "left.example", repository: "copy" } };
    const receipt = await copyImage({ ...from, registry }, target);
    expect(mounted.sort()).toEqual(image.blobs.map((blob) => blob.descriptor.digest).sort());
    expect(kinds(receipt.events).filter((kind) => kind === "blob-copied")).toHaveLength(image.blobs.length);
  });

  it("sends the parts again when the target said that it has one and then that it does not", async () => {
    const { right, from, to, image } = await createWorld();
    const [child] = image.children;
    // The first answer lies: the manifest of one platform is said to be there.
    right.inject({
      match: { method: "HEAD", path: `/manifests/${child?.descriptor.digest}` },
      effect: {
        status: 200,
        headers: {
          "content-type": mediaTypes.ociManifest,
          "content-length": String(child?.bytes.length),
          "docker-content-digest": String(child?.descriptor.digest),
        },
      },
    });
    const receipt = await copyImage(from, { ...to, tag });
    expect(receipt.tag).toMatchObject({ changed: true });
    expect(
      await to.registry.fetchManifest(parseReference(`right.example/copy@${child?.descriptor.digest}`)),
    ).toBeDefined();
  });

  it("stops when it is cancelled, and tags nothing", async () => {
    const { right, from, to } = await createWorld();
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await expect(copyImage(from, { ...to, tag }, { signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(right.snapshot()["copy"]?.["1"]).toBeUndefined();
  });

  it("refuses a source that is not there", async () => {
    const { from, to } = await createWorld();
    const source = { ...from, reference: parseReference("left.example/app:2") };
    await expect(copyImage(source, to)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

/** Pushes a manifest that refers to another one, without layers. */
async function pushReferrer(
  registry: RegistryAdapter,
  subject: StoredBytes,
  artifactType: string,
  repository = { registry: "left.example", repository: "app" },
): Promise<StoredBytes> {
  const empty = new TextEncoder().encode("{}");
  const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf(empty), size: empty.length };
  await registry.putBlob(
    repository,
    config,
    (async function* () {
      yield empty;
    })(),
  );
  const { mediaType, digest, size } = subject.descriptor;
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config,
    layers: [],
    subject: { mediaType, digest, size },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const stored = {
    descriptor: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length },
    bytes,
  };
  await registry.putManifest(repository, stored);
  return stored;
}
