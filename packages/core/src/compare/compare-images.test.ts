import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { createImageStore, layerDigest, type StoredPlatform } from "../testing/image-store.ts";
import { compareImages, strictestEqualLevel } from "./compare-images.ts";
import type { ComparisonLevel } from "./comparison.ts";
import { describeImage } from "./describe-image.ts";
import type { ImageFacts } from "./image-facts.ts";
import { rootfsFingerprint, rootfsText } from "./rootfs-fingerprint.ts";

async function factsOf(platforms: readonly StoredPlatform[], index?: object): Promise<ImageFacts> {
  const store = createImageStore();
  store.add("1", platforms, index);
  return describeImage(store.at("1"), store.registry);
}

const levels: readonly ComparisonLevel[] = [
  ...(["index", "platform-manifests", "config", "config-normalised", "layers", "rootfs"] as const),
];
const base: StoredPlatform = {
  platform: "linux/amd64",
  layers: ["a", "b"],
  config: { created: "2026-01-01T00:00:00Z", config: { Env: ["A=1"], ExposedPorts: { "80/tcp": {} } } },
};
const withConfig = (config: object): StoredPlatform => ({ ...base, config: { ...base.config, ...config } });

describe("each level", () => {
  it.each<[string, readonly StoredPlatform[], object | undefined, string]>([
    // The changes, and the levels at which the image is still the same.
    ["nothing", [base], undefined, "index platform-manifests config config-normalised layers rootfs"],
    ["an index around it", [base], {}, "platform-manifests config config-normalised layers rootfs"],
    ["an annotation", [{ ...base, annotations: { a: "1" } }], undefined, "config config-normalised layers rootfs"],
    ["another packing", [{ ...base, packed: ["a.zst", "b.zst"] }], undefined, "config config-normalised rootfs"],
    ["another time", [withConfig({ created: "2026-01-02T00:00:00Z" })], undefined, "config-normalised layers rootfs"],
    [
      "another spelling of nothing",
      [withConfig({ author: "", config: { Env: ["A=1"], ExposedPorts: { "80/tcp": {} }, Cmd: null } })],
      undefined,
      "config-normalised layers rootfs",
    ],
    [
      "another variable",
      [withConfig({ config: { Env: ["A=2"], ExposedPorts: { "80/tcp": {} } } })],
      undefined,
      "layers rootfs",
    ],
    [
      "another port",
      [withConfig({ config: { Env: ["A=1"], ExposedPorts: { "81/tcp": {} } } })],
      undefined,
      "layers rootfs",
    ],
    ["another content", [{ ...base, layers: ["a", "c"] }], undefined, ""],
    ["another order", [{ ...base, layers: ["b", "a"] }], undefined, ""],
    ["one layer more", [{ ...base, layers: ["a", "b", "c"] }], undefined, ""],
    ["one platform more", [base, { ...base, platform: "linux/arm64" }], undefined, ""],
    ["another platform", [{ ...base, platform: "linux/arm64" }], undefined, ""],
  ])("sees, or misses, %s", async (_, platforms, index, equalAt) => {
    const [left, right] = [await factsOf([base]), await factsOf(platforms, index)];
    const equal = levels.filter((level) => compareImages(left, right, level).equal);
    expect(equal.join(" ")).toBe(equalAt);
    expect(levels.filter((level) => compareImages(right, left, level).equal)).toEqual(equal);
    expect(strictestEqualLevel(left, right)).toBe(equal.find((level) => level !== "layers"));
    for (const level of levels) {
      const { equal: isEqual, differences } = compareImages(left, right, level);
      expect(differences.length === 0).toBe(isEqual);
    }
  });

  it("names the layer, the field and the platform that differ", async () => {
    const left = await factsOf([base, { ...base, platform: "linux/arm64" }]);
    const right = await factsOf([
      {
        ...withConfig({ config: { Env: ["A=2"] }, history: [{ created_by: "RUN x", created: "t" }] }),
        layers: ["a", "c", "d"],
      },
      { ...base, platform: "linux/s390x" },
    ]);
    expect(compareImages(left, right, "rootfs").differences).toEqual([
      { kind: "diff-id", platform: "linux/amd64", index: 1, left: layerDigest("b"), right: layerDigest("c") },
      { kind: "diff-id", platform: "linux/amd64", index: 2, right: layerDigest("d") },
      { kind: "platform", platform: "linux/arm64", missing: "right" },
      { kind: "platform", platform: "linux/s390x", missing: "left" },
    ]);
    const fields = compareImages(left, right, "config-normalised", { platform: "linux/amd64" }).differences;
    expect(fields.map((difference) => ("field" in difference ? difference.field : difference.kind))).toEqual([
      ...["rootfs.diff_ids", "config.Env", "config.ExposedPorts", "history[0]"],
    ]);
    expect(fields[1]).toEqual({
      kind: "config-field",
      platform: "linux/amd64",
      field: "config.Env",
      left: ["A=1"],
      right: ["A=2"],
    });
    expect(fields[3]).toMatchObject({ right: { created_by: "RUN x" } });
  });

  it("can be limited to one platform", async () => {
    const both = [base, { ...base, platform: "linux/arm64" }];
    const [left, right] = [
      await factsOf(both),
      await factsOf([base, { ...base, platform: "linux/arm64", layers: ["z"] }]),
    ];
    expect(compareImages(left, right, "manifest", { platform: "linux/amd64" }).equal).toBe(true);
    expect(compareImages(left, right, "manifest", { platform: "linux/arm64/v8" }).equal).toBe(false);
    expect(codeOf(() => compareImages(left, right, "manifest"))).toBe("INVALID_INPUT");
    expect(codeOf(() => compareImages(left, right, "rootfs", { platform: "linux/s390x" }))).toBe("INCOMPLETE");
  });

  it("ignores attestations below the index", async () => {
    const attestation = {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: layerDigest("x"),
      size: 1,
      platform: { os: "unknown", architecture: "unknown" },
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    };
    const [left, right] = [await factsOf([base], {}), await factsOf([base], { manifests: [attestation] })];
    expect(levels.filter((level) => !compareImages(left, right, level).equal)).toEqual(["index"]);
  });

  it("counts every entry of a platform that is there twice", async () => {
    const one = await factsOf([base], {});
    const two = await factsOf([base, base]);
    expect(compareImages(one, two, "rootfs").differences).toEqual([
      { kind: "platform", platform: "linux/amd64", missing: "left" },
    ]);
    const other = await factsOf([base, { ...base, layers: ["z"] }]);
    expect(compareImages(two, other, "platform-manifests").equal).toBe(false);
    expect(compareImages(two, two, "platform-manifests").equal).toBe(true);
  });
});

describe("the base level", () => {
  it("asks whether the right image's layers are the first of the left, platform by platform", async () => {
    const child = await factsOf([{ ...base, layers: ["a", "b", "c"] }]);
    const parent = await factsOf([base, { ...base, platform: "linux/arm64", layers: ["q"] }]);
    expect(compareImages(child, parent, "base-prefix")).toEqual({ level: "base-prefix", equal: true, differences: [] });
    expect(compareImages(parent, child, "base-prefix").equal).toBe(false);
    const shrunk = await factsOf([{ ...base, layers: ["b", "c"] }]);
    expect(compareImages(child, shrunk, "base-prefix").equal).toBe(false);
  });

  it("does not take an empty base for a beginning", async () => {
    const [child, empty] = [await factsOf([base]), await factsOf([{ ...base, layers: [] }])];
    expect(codeOf(() => compareImages(child, empty, "base-prefix"))).toBe("INCOMPLETE");
  });
});

describe("what cannot be compared", () => {
  it("is an error, never equal", async () => {
    const image = await factsOf([base]);
    const none = await factsOf([], {});
    const bare = await factsOf([{ ...base, layers: [] }]);
    for (const level of [...levels, "manifest", "base-prefix"] as const) {
      expect(codeOf(() => compareImages(undefined, image, level))).toBe("NOT_FOUND");
      expect(codeOf(() => compareImages(image, undefined, level))).toBe("NOT_FOUND");
      expect(codeOf(() => compareImages(undefined, undefined, level))).toBe("NOT_FOUND");
      if (level !== "index") expect(codeOf(() => compareImages(none, none, level))).toBe("INCOMPLETE");
    }
    expect(codeOf(() => compareImages(bare, bare, "rootfs"))).toBe("INCOMPLETE");
    expect(codeOf(() => compareImages(bare, bare, "layers"))).toBe("INCOMPLETE");
  });

  it("is also a config with half a character, or nested without end", async () => {
    const nested = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`) as unknown;
    const image = await factsOf([base]);
    const withValue = (value: unknown): ImageFacts => {
      const platforms = image.platforms.map((facts) => ({ ...facts, configDocument: { odd: value as string } }));
      return { ...image, platforms };
    };
    for (const value of ["\ud800", nested]) {
      const odd = withValue(value);
      expect(codeOf(() => compareImages(odd, odd, "config-normalised"))).toBe("RESPONSE_INVALID");
    }
  });

  it("is also a list of layers of which one is no text", async () => {
    const odd = await factsOf([{ ...base, config: { rootfs: { diff_ids: ["sha256:a", 1] } } }]);
    expect(codeOf(() => compareImages(odd, odd, "rootfs"))).toBe("INCOMPLETE");
  });
});

describe("the fingerprint of OpenCrate", () => {
  it("is that of Go's print of the list, with its line end", () => {
    expect(rootfsText(["sha256:a", "sha256:b"])).toBe("[sha256:a sha256:b]\n");
    // printf '[sha256:a sha256:b]\n' | sha256sum
    expect(rootfsFingerprint(["sha256:a", "sha256:b"])).toBe(
      "98dee0bc39b26e15b7815cbbb1e9fd54a4342615cb7eb2c76b562e114e04feed",
    );
  });
});
