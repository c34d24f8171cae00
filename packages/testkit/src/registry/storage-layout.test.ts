import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, mediaTypes } from "@bayplan/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";
import { emptyContents } from "./content-store.ts";
import { createLayoutStore } from "./storage-layout.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bayplan-layout-"));
});
afterEach(() => rm(directory, { recursive: true }));

const open = (): TestRegistry => openTestRegistry({ storage: { directory } });
const get = (registry: TestRegistry, path: string): Promise<readonly unknown[]> =>
  registry.outcome("GET", path, { headers: { accept: `${mediaTypes.ociManifest}, ${mediaTypes.ociIndex}` } });

describe("storage in a directory", () => {
  it("serves the same tags, untagged manifests and blobs after a restart", async () => {
    const first = open();
    const image = await first.push("team/app", "v1", ["linux/amd64", "linux/arm64"]);
    await first.push("team/app/sub", "v2");
    await first.send("DELETE", "/v2/team/app/manifests/v1");
    const kept = await first.push("team/app", "v3");

    const second = open();
    expect(second.snapshot()).toEqual(first.snapshot());
    expect(second.snapshot()["team/app"]).toEqual({ v3: kept.digest });
    for (const manifest of [image.root, ...image.children]) {
      expect(await get(second, `/v2/team/app/manifests/${manifest.descriptor.digest}`)).toEqual([200]);
    }
    for (const blob of image.blobs) {
      expect(await get(second, `/v2/team/app/blobs/${blob.descriptor.digest}`)).toEqual([200]);
    }
    expect(await get(second, `/v2/team/app/blobs/${image.digest}`)).toEqual([404, "BLOB_UNKNOWN"]);
    expect(await second.outcome("DELETE", `/v2/team/app/manifests/${image.digest}`)).toEqual([202]);
    expect(await get(open(), `/v2/team/app/manifests/${image.digest}`)).toEqual([404, "MANIFEST_UNKNOWN"]);
  });

  it("knows a repository again that has blobs only", async () => {
    await open().putBlob("team/blobs", "content");
    expect(await get(open(), "/v2/team/blobs/tags/list")).toEqual([200]);
  });

  it("writes an image layout with a name for every tag, and leaves no temporary file", async () => {
    const registry = open();
    const image = await registry.push("team/app", "v1");
    const put = { body: image.root.bytes, headers: { "content-type": mediaTypes.ociManifest } };
    await Promise.all(["a", "b", "c"].map((tag) => registry.send("PUT", `/v2/team/app/manifests/${tag}`, put)));
    const folder = join(directory, "team/app");
    expect(JSON.parse(await readFile(join(folder, "oci-layout"), "utf8"))).toEqual({ imageLayoutVersion: "1.0.0" });
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    const names = index.manifests.map(
      (one: { annotations: Record<string, string> }) => one.annotations["org.opencontainers.image.ref.name"],
    );
    expect(names.sort()).toEqual(["a", "b", "c", "v1"]);
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([]);
  });

  it("shows a blob under its name only when it is whole, so that no kill leaves half of one", async () => {
    const bytes = new Uint8Array(8_000_000);
    const digest = digestOf(bytes);
    let isDone = false;
    const writing = createLayoutStore(directory)
      .write("team/app", digest, bytes)
      .then(() => {
        isDone = true;
      });
    const path = join(directory, "team/app/blobs", ...digest.split(":"));
    const sizes = new Set<number | undefined>();
    while (!isDone) {
      sizes.add(statSync(path, { throwIfNoEntry: false })?.size);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    sizes.delete(undefined);
    sizes.add(statSync(path).size);
    expect([...sizes]).toEqual([bytes.length]);
  });

  it("sweeps away what a killed process was writing", async () => {
    const registry = open();
    await registry.putBlob("team/app", "content");
    const rubbish = join(directory, "team/app", `index.json.${randomUUID()}.tmp`);
    await writeFile(rubbish, "{ half");
    expect(open().snapshot()).toEqual({ "team/app": {} });
    expect(statSync(rubbish, { throwIfNoEntry: false })).toBeUndefined();
  });

  it("keeps every one of many tags that are written at once", async () => {
    const registry = open();
    const image = await registry.push("team/app", "v1");
    const put = { body: image.root.bytes, headers: { "content-type": mediaTypes.ociManifest } };
    const tags = Array.from({ length: 30 }, (_, index) => `t${index}`);
    await Promise.all(tags.map((tag) => registry.send("PUT", `/v2/team/app/manifests/${tag}`, put)));
    expect(Object.keys(open().snapshot()["team/app"] ?? {}).sort()).toEqual([...tags, "v1"].sort());
  });

  it("never replaces a newer index by an older one that is slower to write", async () => {
    const store = createLayoutStore(directory);
    const descriptors = Array.from({ length: 20_000 }, (_, index) => {
      const digest = digestOf(new TextEncoder().encode(String(index)));
      return { mediaType: mediaTypes.ociManifest, digest, size: 1 };
    });
    const large = { ...emptyContents(), manifests: new Map(descriptors.map((one) => [one.digest, one])) };
    const small = emptyContents();
    await Promise.all([store.saveIndex("team/app", large), store.saveIndex("team/app", small)]);
    expect(createLayoutStore(directory).load().get("team/app")?.manifests.size).toBe(0);
  });

  it("refuses a directory with an index it cannot read", async () => {
    const registry = open();
    await registry.push("team/app", "v1");
    await writeFile(join(directory, "team/app/index.json"), "{ broken");
    expect(() => open()).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
