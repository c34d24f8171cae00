import { describe, expect, it } from "vitest";
import { codeOfRejected } from "../testing/code-of.ts";
import { createImageStore, layerDigest } from "../testing/image-store.ts";
import { listPlatforms } from "./list-platforms.ts";

describe("listPlatforms", () => {
  it("asks once for an index, and leaves attestations out", async () => {
    const store = createImageStore();
    const attestation = {
      mediaType: "m",
      digest: layerDigest("x"),
      size: 1,
      platform: { os: "unknown", architecture: "unknown" },
    };
    store.add("1", [{ platform: "linux/amd64" }, { platform: "linux/arm/v7" }], { manifests: [attestation] });
    const { platforms } = await listPlatforms(store.at("1"), store.registry);
    expect(platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm/v7"]);
    expect(store.calls).toEqual(["manifest 1"]);
  });

  it("reads a config where the index tells nothing, and for a single manifest", async () => {
    const store = createImageStore();
    const digest = store.add("single", [{ platform: "linux/amd64/v2" }]);
    store.add("index", [{ platform: "linux/s390x", entry: { platform: undefined } }], {});
    expect(await listPlatforms(store.at("single"), store.registry)).toEqual({
      digest,
      platforms: [{ platform: "linux/amd64/v2", digest }],
    });
    expect(store.calls).toHaveLength(2);
    const { platforms } = await listPlatforms(store.at("index"), store.registry);
    expect(platforms.map(({ platform }) => platform)).toEqual(["linux/s390x"]);
  });

  it("takes the media type from the shape where there is none", async () => {
    const store = createImageStore();
    const entry = {
      mediaType: "m",
      digest: layerDigest("x"),
      size: 1,
      platform: { os: "linux", architecture: "amd64" },
    };
    store.addManifest("1", { schemaVersion: 2, manifests: [entry] }, "application/json");
    const { platforms } = await listPlatforms(store.at("1"), store.registry);
    expect(platforms).toEqual([{ platform: "linux/amd64", digest: layerDigest("x") }]);
  });

  it("says that an image is missing, or none", async () => {
    const store = createImageStore();
    store.addManifest(
      "old",
      { schemaVersion: 1, fsLayers: [] },
      "application/vnd.docker.distribution.manifest.v1+json",
    );
    expect(await codeOfRejected(listPlatforms(store.at("none"), store.registry))).toBe("NOT_FOUND");
    expect(await codeOfRejected(listPlatforms(store.at("old"), store.registry))).toBe("RESPONSE_INVALID");
  });
});
