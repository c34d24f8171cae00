import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { storedJson } from "../testing/fake-image.ts";
import { digestOf } from "./digest.ts";
import { type ImageIndex, parseManifest, platformDigests } from "./manifest.ts";
import { isIndexMediaType, manifestMediaTypes, mediaTypes } from "./media-type.ts";

const digest = (text: string) => digestOf(new TextEncoder().encode(text));
const descriptor = (text: string, more: object = {}) => ({
  mediaType: mediaTypes.ociManifest,
  digest: digest(text),
  size: text.length,
  ...more,
});
const amd64 = { os: "linux", architecture: "amd64" };
const image = { schemaVersion: 2, config: descriptor("config"), layers: [descriptor("layer")] };
const index = { schemaVersion: 2, manifests: [descriptor("a", { platform: amd64 })] };

describe("parseManifest", () => {
  it.each([
    ["OCI image", image, mediaTypes.ociManifest, "image"],
    ["Docker image", image, mediaTypes.dockerManifest, "image"],
    ["OCI index", index, mediaTypes.ociIndex, "index"],
    ["Docker manifest list", index, mediaTypes.dockerIndex, "index"],
    ["index under an unknown type", index, "application/octet-stream", "index"],
    ["image under an unknown type", image, "", "image"],
    // CVE-2021-41190: one document must not be two things; the type it was served under decides.
    ["image with manifests as well", { ...image, manifests: index.manifests }, mediaTypes.ociManifest, "image"],
    ["index with layers as well", { ...image, ...index }, mediaTypes.ociIndex, "index"],
    ["image with unknown members", { ...image, "vnd.example": 1 }, mediaTypes.ociManifest, "image"],
    ["image with annotations", { ...image, annotations: { a: "b" } }, mediaTypes.ociManifest, "image"],
    ["image with subject", { ...image, subject: descriptor("s"), artifactType: "x" }, mediaTypes.ociManifest, "image"],
    ["empty index", { ...index, manifests: [] }, mediaTypes.ociIndex, "index"],
  ])("reads an %s", (_, document, mediaType, kind) => {
    expect(parseManifest(storedJson(document, mediaType)).kind).toBe(kind);
  });

  it.each([
    ["text", "hello", mediaTypes.ociManifest],
    ["nothing", "", mediaTypes.ociManifest],
    ["null", "null", mediaTypes.ociManifest],
    ["a list", [], mediaTypes.ociManifest],
    ["schema 1", { schemaVersion: 1, fsLayers: [] }, mediaTypes.dockerManifest],
    ["an image served as index", image, mediaTypes.ociIndex],
    ["an index served as image", index, mediaTypes.ociManifest],
    ["a bad digest", { ...image, config: { ...image.config, digest: "sha256:1" } }, mediaTypes.ociManifest],
    ["a negative size", { ...image, layers: [descriptor("l", { size: -1 })] }, mediaTypes.ociManifest],
    ["an annotation that is no text", { ...index, annotations: { a: 1 } }, mediaTypes.ociIndex],
    ["a platform without os", { ...index, manifests: [descriptor("a", { platform: {} })] }, mediaTypes.ociIndex],
    ["too many children", { ...index, manifests: Array(10_001).fill(index.manifests[0]) }, mediaTypes.ociIndex],
  ])("refuses %s", (_, document, mediaType) => {
    expect(codeOf(() => parseManifest(storedJson(document, mediaType)))).toBe("RESPONSE_INVALID");
  });

  it("refuses bytes that are not UTF-8", () => {
    const bytes = new Uint8Array([0x22, 0xff, 0x22]);
    const stored = { bytes, descriptor: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: 3 } };
    expect(codeOf(() => parseManifest(stored))).toBe("RESPONSE_INVALID");
  });
});

describe("platformDigests", () => {
  const read = (manifests: readonly object[]) =>
    platformDigests(parseManifest(storedJson({ ...index, manifests }, mediaTypes.ociIndex)) as ImageIndex);

  it("leaves out attestations and children without a platform", () => {
    const attestation = { annotations: { "vnd.docker.reference.type": "attestation-manifest" } };
    expect(
      read([
        descriptor("a", { platform: amd64 }),
        descriptor("b", { platform: { os: "linux", architecture: "arm64", variant: "v8" } }),
        descriptor("c", { platform: { os: "unknown", architecture: "unknown" }, ...attestation }),
        descriptor("d", { platform: { os: "unknown", architecture: "unknown" } }),
        descriptor("e", { platform: amd64, ...attestation }),
        descriptor("f"),
      ]),
    ).toEqual({ "linux/amd64": digest("a"), "linux/arm64": digest("b") });
  });

  it("takes the first of several for one platform, as the image-spec says", () => {
    expect(read([descriptor("a", { platform: amd64 }), descriptor("b", { platform: amd64 })])).toEqual({
      "linux/amd64": digest("a"),
    });
  });

  it("keeps a platform called like a member of Object.prototype an own member", () => {
    const found = read([descriptor("a", { platform: { os: "__proto__", architecture: "x" } })]);
    expect(Object.keys(found)).toEqual(["__proto__/x"]);
  });
});

describe("media types", () => {
  it("tells indexes from images", () => {
    expect(manifestMediaTypes.filter(isIndexMediaType)).toEqual([mediaTypes.ociIndex, mediaTypes.dockerIndex]);
  });
});
