import { get } from "node:http";
import { digestOf, mediaTypes } from "@bayplan/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BuiltImage } from "../image/build-image.ts";
import { type ServedHandler, serve } from "../serve.ts";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";

let registry: TestRegistry;
let image: BuiltImage;
let served: ServedHandler | undefined;
beforeEach(async () => {
  registry = openTestRegistry({ immutableTags: (_, tag) => tag.startsWith("v") });
  image = await registry.push("team/app", "latest");
});
afterEach(() => served?.close());

const put = (): RequestInit => ({ body: image.root.bytes, headers: { "content-type": mediaTypes.ociManifest } });

describe("PUT of a manifest with tags", () => {
  it("writes all of them and echoes each", async () => {
    const response = await registry.send("PUT", `/v2/team/app/manifests/${image.digest}?tag=a&tag=b&tag=a`, put());
    expect([response.status, response.headers.get("oci-tag")]).toEqual([201, "a, b"]);
    expect(registry.snapshot()["team/app"]).toEqual({ latest: image.digest, a: image.digest, b: image.digest });
  });

  it("echoes them line by line on a socket", async () => {
    served = await serve(registry.fetch);
    const response = await fetch(`${served.origin}/v2/team/app/manifests/${image.digest}?tag=a&tag=b`, {
      method: "PUT",
      ...put(),
    });
    expect(response.headers.get("oci-tag")).toBe("a, b");
    registry.inject({ match: { method: "GET" }, effect: { changeHeaders: { "OCI-Tag": ["x", "y"] } } });
    const { origin } = served;
    const lines = await new Promise<readonly string[]>((resolve, reject) => {
      const headers = { accept: mediaTypes.ociManifest };
      get(`${origin}/v2/team/app/manifests/a`, { headers }, (incoming) => {
        incoming.resume();
        resolve(incoming.rawHeaders);
      }).on("error", reject);
    });
    expect(lines.filter((_, index) => lines[index - 1] === "oci-tag")).toEqual(["x", "y"]);
  });

  it("writes none of them when one may not be written", async () => {
    const path = `/v2/team/app/manifests/${image.digest}`;
    expect(await registry.outcome("PUT", `${path}?tag=v1`, put())).toEqual([201]);
    expect(await registry.outcome("PUT", `${path}?tag=a&tag=v1`, put())).toEqual([400, "TAG_INVALID"]);
    expect(await registry.outcome("PUT", `${path}?tag=a&tag=-`, put())).toEqual([400, "TAG_INVALID"]);
    expect(registry.snapshot()["team/app"]).toEqual({ latest: image.digest, v1: image.digest });
  });

  it("echoes nothing without tags, and nothing for a PUT by tag", async () => {
    for (const path of [image.digest, "other?tag=more"]) {
      const response = await registry.send("PUT", `/v2/team/app/manifests/${path}`, put());
      expect([response.status, response.headers.has("oci-tag")]).toEqual([201, false]);
    }
    expect(registry.snapshot()["team/app"]).not.toHaveProperty("more");
  });

  it("names a sha512 manifest by tag", async () => {
    const digest = digestOf(image.root.bytes, "sha512");
    expect(await registry.outcome("PUT", `/v2/team/app/manifests/${digest}?tag=long`, put())).toEqual([201]);
    const head = await registry.send("HEAD", "/v2/team/app/manifests/long", {
      headers: { accept: mediaTypes.ociManifest },
    });
    expect(head.headers.get("docker-content-digest")).toBe(digest);
  });
});
