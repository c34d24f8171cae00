import { describe, expect, it } from "vitest";
import { imageOutputs } from "./image-outputs.ts";

const digest = `sha256:${"a".repeat(64)}`;
const image = { repository: "ghcr.io/o/app", sha: "0123456789abcdef0123456789abcdef01234567", digest };

describe("imageOutputs", () => {
  it("names the image by commit, digest and latest", () => {
    expect(imageOutputs({ ...image, version: "1.2.0+build.1", isLatest: true })).toEqual({
      uri_sha: "ghcr.io/o/app:sha-0123456",
      uri_latest: "ghcr.io/o/app:latest",
      uri_digest: `ghcr.io/o/app@${digest}`,
      digest,
      version: "1.2.0+build.1",
      tag: "1.2.0_build.1",
      is_prerelease: "false",
    });
  });

  it("says nothing of what is not known", () => {
    expect(imageOutputs(image)).toMatchObject({ uri_latest: "", version: "", tag: "", is_prerelease: "" });
    expect(imageOutputs({ ...image, version: "2.0.0-rc.1" })).toMatchObject({ is_prerelease: "true", uri_latest: "" });
  });

  it.each([{ repository: "A B" }, { sha: "abc" }, { digest: "sha256:x" }, { version: "one" }, { shortLength: 3 }])(
    "refuses %j",
    (change) => {
      expect(() => imageOutputs({ ...image, ...change })).toThrow();
    },
  );
});
