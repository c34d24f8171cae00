import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { digestOf, mediaTypes, parseInstant, parseManifest } from "@bayplan/core";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import { openTestRegistry } from "../testing/open-test-registry.ts";
import { type BuiltImage, buildImage } from "./build-image.ts";
import type { ImageConfigDocument } from "./image-config.ts";
import { pullBase } from "./pull-base.ts";
import { pushImage } from "./push-image.ts";

const files = { "/usr/bin/tool": "#!/bin/sh\n", "etc/tool.conf": "a=1\n" };
const origin = "http://registry.test";

function configOf(image: BuiltImage, platform: string): ImageConfigDocument {
  const manifests = [...image.children, image.root];
  const stored = manifests.find((one) => one.descriptor.digest === image.platforms[platform]);
  const manifest = stored === undefined ? undefined : parseManifest(stored);
  const digest = manifest?.kind === "image" ? manifest.config.digest : undefined;
  return JSON.parse(Buffer.from(image.blobs.find((blob) => blob.descriptor.digest === digest)?.bytes ?? []).toString());
}

describe("buildImage", () => {
  it("gives the same digest for the same input, and another for another", async () => {
    const build = (content: string): Promise<BuiltImage> =>
      buildImage({ platforms: ["linux/amd64"], files: { a: content } });
    expect((await build("x")).digest).toBe((await build("x")).digest);
    expect((await build("x")).digest).not.toBe((await build("y")).digest);
  });

  it("does not depend on the order of the files", async () => {
    const turned = Object.fromEntries(Object.entries(files).reverse());
    const one = await buildImage({ platforms: ["linux/amd64"], files });
    expect((await buildImage({ platforms: ["linux/amd64"], files: turned })).digest).toBe(one.digest);
  });

  it("packs a real tar, whose digest the config lists", async () => {
    const image = await buildImage({ platforms: ["linux/amd64"], files });
    const layer = image.blobs.find((blob) => blob.descriptor.mediaType === mediaTypes.ociLayerGzip);
    const chunks: Uint8Array[] = [];
    const tar = Readable.from([Buffer.from(layer?.bytes ?? [])]).pipe(createGunzip());
    for await (const chunk of tar) chunks.push(chunk as Uint8Array);
    expect(configOf(image, "linux/amd64").rootfs.diff_ids).toEqual([digestOf(Buffer.concat(chunks))]);
    const unpacked: Record<string, string> = {};
    for await (const entry of Readable.from(chunks).pipe(extract())) {
      let text = "";
      for await (const part of entry) text += String(part);
      unpacked[entry.header.name] = text;
    }
    expect(unpacked).toEqual({
      "etc/": "",
      "usr/": "",
      "usr/bin/": "",
      "etc/tool.conf": "a=1\n",
      "usr/bin/tool": "#!/bin/sh\n",
    });
  });

  it("makes a manifest for one platform, and an index for several or when asked", async () => {
    const one = await buildImage({ platforms: ["linux/amd64"], files });
    expect(one.root.descriptor).not.toHaveProperty("platform");
    expect([one.root.descriptor.mediaType, one.children.length]).toEqual([mediaTypes.ociManifest, 0]);
    const wrapped = await buildImage({ platforms: ["linux/amd64"], files, index: true });
    expect([wrapped.root.descriptor.mediaType, wrapped.children.length]).toEqual([mediaTypes.ociIndex, 1]);
    const two = await buildImage({ platforms: ["linux/arm64", "linux/arm/v7"], files });
    const index = parseManifest(two.root);
    expect(index.kind === "index" && index.manifests.map((child) => child.platform)).toEqual([
      { os: "linux", architecture: "arm64" },
      { os: "linux", architecture: "arm", variant: "v7" },
    ]);
    expect(Object.keys(two.platforms)).toEqual(["linux/arm64", "linux/arm/v7"]);
    expect(new Set(Object.values(two.platforms)).size).toBe(2);
  });

  it("carries configuration, annotations and time", async () => {
    const image = await buildImage({
      platforms: ["linux/amd64"],
      files,
      config: { env: { A: "1" }, labels: { l: "v" }, entrypoint: ["/usr/bin/tool"] },
      annotations: { "org.opencontainers.image.version": "1.2.3" },
      created: parseInstant("2026-11-21T00:00:00Z"),
    });
    expect(parseManifest(image.root).annotations).toEqual({ "org.opencontainers.image.version": "1.2.3" });
    const config = configOf(image, "linux/amd64");
    expect(config.config).toEqual({ Env: ["A=1"], Labels: { l: "v" }, Entrypoint: ["/usr/bin/tool"] });
    expect([config.created, config.history?.[0]?.created]).toEqual(["2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z"]);
  });

  it("refuses no platform, and what is none", async () => {
    await expect(buildImage({ platforms: [], files })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(buildImage({ platforms: ["linux"], files })).rejects.toMatchObject({ code: "INVALID_PLATFORM" });
  });
});

describe("an image on a base", () => {
  const platforms = ["linux/amd64", "linux/arm64"];

  it("carries the base's layers, history and configuration, per platform", async () => {
    const registry = openTestRegistry();
    const access = { origin, fetch: registry.fetch };
    const config = { env: { PATH: "/bin", A: "1" }, entrypoint: ["/bin/sh"] };
    const base = await buildImage({ platforms, files: { base: "b" }, config });
    await pushImage({ ...access, repository: "team/base", tag: "1", image: base });
    const pulled = await pullBase({ ...access, reference: `ghcr.io/team/base:1@${base.digest}` });
    expect(pulled.digest).toBe(base.digest);
    expect(Object.keys(pulled.platforms)).toEqual(platforms);

    const image = await buildImage({ platforms, files: { own: "o" }, base: pulled, config: { env: { A: "2" } } });
    await pushImage({ ...access, repository: "team/app", tag: "1", image });
    for (const platform of platforms) {
      const below = configOf(base, platform);
      const above = configOf(image, platform);
      expect(above.rootfs.diff_ids.slice(0, -1)).toEqual(below.rootfs.diff_ids);
      expect(above.rootfs.diff_ids).toHaveLength(2);
      expect(above.history).toHaveLength(2);
      expect(above.config).toEqual({ Env: ["PATH=/bin", "A=2"], Entrypoint: ["/bin/sh"] });
    }
    const again = await pullBase({ ...access, reference: "team/app:1" });
    const layersOf = (one: typeof again) =>
      one.platforms["linux/arm64"]?.layers.map((layer) => layer.descriptor.digest);
    expect(layersOf(again)?.slice(0, 1)).toEqual(layersOf(pulled));
  });

  it("refuses a platform that the base lacks", async () => {
    const registry = openTestRegistry();
    await registry.push("base", "1");
    const base = await pullBase({ origin, fetch: registry.fetch, reference: "base:1" });
    await expect(buildImage({ platforms, files, base })).rejects.toMatchObject({ code: "PLATFORM_MISMATCH" });
  });

  it("is not built on a base that is absent, or whose bytes are wrong", async () => {
    const registry = openTestRegistry();
    const image = await registry.push("base", "1");
    const access = { origin, fetch: registry.fetch };
    await expect(pullBase({ ...access, reference: "base:2" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    registry.inject({ match: { path: "/blobs/" }, effect: { status: 200, body: "other" } });
    const pull = pullBase({ ...access, reference: `base@${image.digest}` });
    await expect(pull).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });
});

describe("pushImage", () => {
  it("pushes blobs once, and the tag last", async () => {
    const registry = openTestRegistry();
    await registry.push("team/app", "v1", ["linux/amd64", "linux/arm64"]);
    const writes = registry.log.filter((request) => request.method === "PUT").map((request) => request.path);
    expect(writes.at(-1)).toBe("/v2/team/app/manifests/v1");
    const count = registry.log.length;
    await registry.push("team/app", "v1", ["linux/amd64", "linux/arm64"]);
    const again = registry.log.slice(count).filter((request) => request.method !== "HEAD");
    expect(again.every((request) => request.path.includes("/manifests/"))).toBe(true);
  });
});
