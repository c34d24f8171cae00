import { describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { manifestLinks } from "./manifest-links.ts";
import { subjectOfTag } from "./referrer-tag.ts";

const digest = digestOf(new Uint8Array());
const descriptor = { mediaType: mediaTypes.ociManifest, digest, size: 1 };
const stored = (document: unknown, mediaType: string = mediaTypes.ociIndex) => {
  const bytes = new TextEncoder().encode(typeof document === "string" ? document : JSON.stringify(document));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
};

describe("manifestLinks", () => {
  it("gives children and subject", () => {
    const index = { schemaVersion: 2, manifests: [descriptor], subject: descriptor };
    expect(manifestLinks(stored(index))).toEqual({ state: "read", children: [digest], subject: digest });
    const image = { schemaVersion: 2, config: { ...descriptor, mediaType: mediaTypes.ociConfig }, layers: [] };
    expect(manifestLinks(stored(image, mediaTypes.ociManifest))).toEqual({ state: "read", children: [] });
  });

  it.each(["", "{}", "[]", '{"schemaVersion":2,"manifests":{}}'])("takes %j for unreadable, not for a leaf", (text) => {
    expect(manifestLinks(stored(text))).toEqual({ state: "unreadable", error: "RESPONSE_INVALID" });
  });
});

describe("subjectOfTag", () => {
  const hex = "a".repeat(64);

  it.each(["", ".sig", ".att", ".sbom", ".cosign.bundle"])("reads the ending %j", (ending) => {
    expect(subjectOfTag(`sha256-${hex}${ending}`)).toBe(`sha256:${hex}`);
  });

  it.each([
    `sha256-${hex}a`,
    `sha256-${hex.slice(1)}`,
    `sha256-${hex}-sig`,
    `x-sha256-${hex}`,
    "sha-abcdef1",
    "sha256-abc.sig",
  ])("leaves %s alone", (tag) => {
    expect(subjectOfTag(tag)).toBeUndefined();
  });
});
