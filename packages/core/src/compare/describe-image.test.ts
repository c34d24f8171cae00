import { describe, expect, it } from "vitest";
import { mediaTypes } from "../oci/media-type.ts";
import { codeOfRejected } from "../testing/code-of.ts";
import { createImageStore, layerDigest } from "../testing/image-store.ts";
import { describeImage } from "./describe-image.ts";
import { createDescriptionCache } from "./description-cache.ts";

const attestation = {
  mediaType: mediaTypes.ociManifest,
  digest: layerDigest("attestation"),
  size: 7,
  platform: { os: "unknown", architecture: "unknown" },
  annotations: {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": layerDigest("subject"),
  },
};

describe("describeImage", () => {
  it("tells everything of every platform, and knows attestations from images", async () => {
    const store = createImageStore();
    const digest = store.add(
      "1",
      [
        {
          platform: "linux/arm64",
          layers: ["x", "y"],
          config: { config: { Labels: { rev: "1", odd: 7 }, Env: ["A=1"] } },
          annotations: { "org.opencontainers.image.base.name": "b:1" },
          entry: { annotations: { "org.opencontainers.image.base.digest": "sha256:of-entry", k: "entry" } },
        },
        { platform: "linux/arm/v7" },
      ],
      { annotations: { on: "index" }, manifests: [attestation] },
    );
    const facts = await describeImage(store.at("1"), store.registry);
    expect(facts).toMatchObject({
      reference: "ghcr.io/o/a:1",
      digest,
      mediaType: mediaTypes.ociIndex,
      annotations: { on: "index" },
    });
    expect(facts.attestations).toEqual([
      { digest: attestation.digest, type: "attestation-manifest", subject: layerDigest("subject") },
    ]);
    expect(facts.platforms.map(({ platform }) => platform)).toEqual(["linux/arm64", "linux/arm/v7"]);
    expect(facts.platforms[0]).toMatchObject({
      diffIds: [layerDigest("x"), layerDigest("y")],
      labels: { rev: "1" },
      base: { name: "b:1", digest: "sha256:of-entry" },
      annotations: { k: "entry" },
    });
    expect(facts.platforms[0]?.layers.map((layer) => layer.digest)).toEqual([layerDigest("x.gz"), layerDigest("y.gz")]);
    expect(facts.platforms[0]?.configDocument["config"]).toMatchObject({ Env: ["A=1"] });
    expect(store.calls).not.toContain(`manifest ${attestation.digest}`);
  });

  it("takes the platform of a single manifest, and of an entry that tells none, from the config", async () => {
    const store = createImageStore();
    store.add("single", [{ platform: "linux/amd64/v2" }]);
    store.add("index", [{ platform: "linux/arm64/v8", entry: { platform: undefined } }], {});
    const platformsOf = async (tag: string) =>
      (await describeImage(store.at(tag), store.registry)).platforms.map(({ platform }) => platform);
    expect(await platformsOf("single")).toEqual(["linux/amd64/v2"]);
    expect(await platformsOf("index")).toEqual(["linux/arm64"]);
  });

  it("leaves entries out that are artifacts", async () => {
    const store = createImageStore();
    const artifact = { ...attestation, annotations: {}, platform: undefined, artifactType: "application/spdx+json" };
    store.add("1", [{ platform: "linux/amd64" }], { manifests: [artifact] });
    expect((await describeImage(store.at("1"), store.registry)).platforms).toHaveLength(1);
  });

  it("reads nothing again that a cache knows, but asks whether the image is there", async () => {
    const store = createImageStore();
    const platforms = [{ platform: "linux/amd64" }, { platform: "linux/arm64" }];
    store.add("1", platforms, {});
    store.add("2", platforms, { annotations: { other: "index" } });
    const cache = createDescriptionCache();
    const first = await describeImage(store.at("1"), store.registry, { cache });
    const before = store.calls.length;
    const second = await describeImage(store.at("2"), store.registry, { cache });
    expect(store.calls.slice(before)).toEqual(["manifest 2"]);
    expect(second.platforms).toEqual(first.platforms);
    expect(await codeOfRejected(describeImage(store.at("3"), store.registry, { cache }))).toBe("NOT_FOUND");
  });

  it("keeps a cache within its bounds, what was used last the longest", async () => {
    const store = createImageStore();
    for (const tag of ["1", "2", "3"]) store.add(tag, [{ platform: "linux/amd64", layers: [tag] }]);
    const cache = createDescriptionCache({ maxEntries: 2 });
    const digests = [];
    for (const tag of ["1", "2", "1", "3"])
      digests.push((await describeImage(store.at(tag), store.registry, { cache })).digest);
    expect(digests.map((digest) => cache.read(digest) !== undefined)).toEqual([true, false, true, true]);
  });

  it("says that something is missing rather than describing a part", async () => {
    const store = createImageStore();
    const child = store.add("child", [{ platform: "linux/arm64" }]);
    store.add("1", [{ platform: "linux/amd64" }, { platform: "linux/arm64" }]);
    store.remove(child);
    expect(await codeOfRejected(describeImage(store.at("1"), store.registry))).toBe("NOT_FOUND");
    expect(await codeOfRejected(describeImage(store.at("none"), store.registry))).toBe("NOT_FOUND");
  });

  it("refuses what it cannot read", async () => {
    const store = createImageStore();
    const inner = store.add("inner", [{ platform: "linux/amd64" }], {});
    const descriptor = {
      mediaType: mediaTypes.ociIndex,
      digest: inner,
      size: 1,
      platform: { os: "linux", architecture: "s390x" },
    };
    store.add("nested", [{ platform: "linux/amd64" }], { manifests: [descriptor] });
    store.add("no platform", [{ platform: "linux/amd64", config: { os: null } }]);
    store.add("odd platform", [{ platform: "linux/amd64", config: { os: "LINUX!" } }]);
    store.add("large", [{ platform: "linux/amd64", config: { pad: "x".repeat(8 * 1024 * 1024) } }]);
    store.add(
      "many",
      Array.from({ length: 101 }, (_, n) => ({ platform: `linux/amd64/x${n}` })),
    );
    store.addManifest(
      "schema1",
      { schemaVersion: 1, name: "a", fsLayers: [] },
      "application/vnd.docker.distribution.manifest.v1+json",
    );
    const codes = ["nested", "no platform", "odd platform", "large", "many", "schema1"].map((tag) =>
      codeOfRejected(describeImage({ ...store.at("x"), kind: "tag", tag }, store.registry)),
    );
    expect(await Promise.all(codes)).toEqual(["UNSUPPORTED", ...Array(5).fill("RESPONSE_INVALID")]);
  });

  it("stops when it is told to", async () => {
    const store = createImageStore();
    store.add("1", [{ platform: "linux/amd64" }]);
    const controller = new AbortController();
    controller.abort();
    expect(await codeOfRejected(describeImage(store.at("1"), store.registry, { signal: controller.signal }))).toBe(
      "CANCELLED",
    );
  });
});
