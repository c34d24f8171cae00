import { digestOf, mediaTypes } from "@bayplan/core";
import { beforeEach, describe, expect, it } from "vitest";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";

const absent = digestOf(new TextEncoder().encode("never stored"));
const config = '{"rootfs":{"type":"layers","diff_ids":[]}}';
let registry: TestRegistry;
let document: Record<string, unknown> & { mediaType: string };

beforeEach(async () => {
  registry = openTestRegistry();
  const digest = await registry.putBlob("team/app", config);
  document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest, size: config.length },
    layers: [],
  };
});

const accept = (mediaType: string): RequestInit => ({ headers: { accept: mediaType } });

describe("GET of a manifest", () => {
  it("gives exact bytes and all headers, by tag and by digest, and the same headers to HEAD", async () => {
    const image = await registry.push("team/app", "v1");
    for (const target of ["v1", image.digest]) {
      const path = `/v2/team/app/manifests/${target}`;
      const response = await registry.send("GET", path, accept(mediaTypes.ociManifest));
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(image.root.bytes);
      const head = await registry.send("HEAD", path, accept(mediaTypes.ociManifest));
      expect(await head.text()).toBe("");
      for (const { headers } of [response, head]) {
        expect(Object.fromEntries(headers)).toMatchObject({
          "content-type": mediaTypes.ociManifest,
          "content-length": String(image.root.bytes.length),
          "docker-content-digest": image.digest,
          etag: `"${image.digest}"`,
        });
      }
    }
  });

  it("answers 304 to the ETag it gave", async () => {
    const image = await registry.push("team/app", "v1");
    const headers = { accept: mediaTypes.ociManifest, "if-none-match": `"${image.digest}"` };
    const response = await registry.send("GET", "/v2/team/app/manifests/v1", { headers });
    expect([response.status, await response.text()]).toEqual([304, ""]);
  });

  it("gives a manifest only to those whose Accept names its type", async () => {
    await registry.push("team/app", "v1", ["linux/amd64", "linux/arm64"]);
    const get = (header: string): Promise<readonly unknown[]> =>
      registry.outcome("GET", "/v2/team/app/manifests/v1", accept(header));
    expect(await get(mediaTypes.ociManifest)).toEqual([404, "MANIFEST_UNKNOWN"]);
    expect(await get("*/*")).toEqual([404, "MANIFEST_UNKNOWN"]);
    expect(await get(`${mediaTypes.ociManifest}, ${mediaTypes.ociIndex};q=0.5`)).toEqual([200]);
  });

  it("tells an unknown repository from an unknown manifest", async () => {
    await registry.push("team/app", "v1");
    const get = (path: string): Promise<readonly unknown[]> =>
      registry.outcome("GET", path, accept(mediaTypes.ociManifest));
    expect(await get("/v2/team/other/manifests/v1")).toEqual([404, "NAME_UNKNOWN"]);
    expect(await get("/v2/team/app/manifests/v2")).toEqual([404, "MANIFEST_UNKNOWN"]);
    expect(await get(`/v2/team/app/manifests/${absent}`)).toEqual([404, "MANIFEST_UNKNOWN"]);
    expect(await get("/v2/Team/app/manifests/v1")).toEqual([400, "NAME_INVALID"]);
  });

  it("does not find what no manifest can be called, nor deletes it", async () => {
    await registry.push("team/app", "v1");
    for (const method of ["GET", "HEAD", "DELETE"]) {
      for (const target of [".INVALID", "sha256:short", "a%2Bb", "%zz", "constructor"]) {
        const path = `/v2/team/app/manifests/${target}`;
        const outcome = await registry.outcome(method, path, accept(mediaTypes.ociManifest));
        expect([path, ...outcome]).toEqual([path, 404, ...(method === "HEAD" ? [] : ["MANIFEST_UNKNOWN"])]);
      }
    }
  });
});

describe("PUT of a manifest", () => {
  it("answers 201 with the digest, and the tag names it", async () => {
    const response = await registry.send("PUT", "/v2/team/app/manifests/v1", {
      body: JSON.stringify(document),
      headers: { "content-type": mediaTypes.ociManifest },
    });
    const digest = digestOf(new TextEncoder().encode(JSON.stringify(document)));
    expect(response.status).toBe(201);
    expect(response.headers.get("docker-content-digest")).toBe(digest);
    expect(registry.snapshot()).toEqual({ "team/app": { v1: digest } });
  });

  it("refuses a digest path that is not the body's digest", async () => {
    expect(await registry.putManifest(`/v2/team/app/manifests/${absent}`, document)).toEqual([400, "DIGEST_INVALID"]);
    expect(registry.snapshot()).toEqual({ "team/app": {} });
  });

  it("refuses an illegal tag or digest", async () => {
    const put = (tag: string): Promise<unknown> => registry.putManifest(`/v2/team/app/manifests/${tag}`, document);
    expect(await put("-v1")).toEqual([400, "TAG_INVALID"]);
    expect(await put("a".repeat(129))).toEqual([400, "TAG_INVALID"]);
    expect(await put("sha256:short")).toEqual([400, "DIGEST_INVALID"]);
    expect(await put("a".repeat(128))).toEqual([201]);
  });

  const wrong: Record<string, (manifest: Record<string, unknown>) => [Record<string, unknown>, string?]> = {
    "a content type that is no manifest's": (manifest) => [manifest, "application/json"],
    "a content type other than the document's": (manifest) => [manifest, mediaTypes.dockerManifest],
    "a Docker type that the document does not state": ({ mediaType: _, ...manifest }) => [
      manifest,
      mediaTypes.dockerManifest,
    ],
    "no content type": (manifest) => [manifest, ""],
    "a document without config": ({ config: _, ...manifest }) => [manifest],
    "another schema version": (manifest) => [{ ...manifest, schemaVersion: 1 }],
    "a document that is manifest and index at once": (manifest) => [{ ...manifest, manifests: [] }],
    "a size that is not the blob's": (manifest) => [
      { ...manifest, config: { ...(manifest["config"] as object), size: 1 } },
    ],
  };
  for (const [name, change] of Object.entries(wrong)) {
    it(`refuses ${name}`, async () => {
      const [changed, contentType] = change(document);
      const put = registry.putManifest("/v2/team/app/manifests/v1", changed, contentType ?? mediaTypes.ociManifest);
      expect(await put).toEqual([400, "MANIFEST_INVALID"]);
    });
  }

  it("accepts an OCI document that does not state its type", async () => {
    const { mediaType: _, ...silent } = document;
    expect(await registry.putManifest("/v2/team/app/manifests/v1", silent)).toEqual([201]);
  });

  it("refuses what is not JSON", async () => {
    const headers = { "content-type": mediaTypes.ociManifest };
    const put = registry.outcome("PUT", "/v2/team/app/manifests/v1", { body: "not json", headers });
    expect(await put).toEqual([400, "MANIFEST_INVALID"]);
  });

  it("refuses config, layers and children that are not in the same repository", async () => {
    const missing = { mediaType: mediaTypes.ociLayerGzip, digest: absent, size: 5 };
    const put = (changed: { mediaType: string }): Promise<unknown> =>
      registry.putManifest("/v2/team/app/manifests/v1", changed);
    expect(await put({ ...document, config: missing } as never)).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    expect(await put({ ...document, layers: [missing] } as never)).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    expect(await registry.putManifest("/v2/team/other/manifests/v1", document)).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [missing] };
    expect(await put(index)).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    expect(registry.snapshot()).toEqual({ "team/app": {} });
  });

  it("does not take a manifest for a blob, nor a blob for a manifest", async () => {
    const image = await registry.push("team/app", "v1");
    expect(await registry.outcome("GET", `/v2/team/app/blobs/${image.digest}`)).toEqual([404, "BLOB_UNKNOWN"]);
    const blob = document["config"] as { digest: string };
    const child = { mediaType: mediaTypes.ociManifest, digest: blob.digest, size: config.length };
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [child] };
    expect(await registry.putManifest("/v2/team/app/manifests/v2", index)).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
  });

  it("refuses more than 4 MiB", async () => {
    const padded = { ...document, annotations: { padding: "x".repeat(4 * 1024 * 1024) } };
    expect(await registry.putManifest("/v2/team/app/manifests/v1", padded)).toEqual([413, "SIZE_INVALID"]);
  });

  it("never writes an immutable tag twice, not even with the same digest, and leaves nothing behind", async () => {
    registry = openTestRegistry({ immutableTags: (repository, tag) => repository === "team/app" && tag !== "latest" });
    await registry.push("team/app", "latest");
    const first = await registry.push("team/app", "v1");
    const { bytes, descriptor } = first.root;
    const again = { body: bytes, headers: { "content-type": descriptor.mediaType } };
    expect(await registry.outcome("PUT", "/v2/team/app/manifests/v1", again)).toEqual([400, "TAG_INVALID"]);
    expect(await registry.outcome("PUT", "/v2/team/app/manifests/latest", again)).toEqual([201]);
    const other = `${Buffer.from(bytes).toString()} `;
    expect(await registry.outcome("PUT", "/v2/team/app/manifests/v1", { ...again, body: other })).toEqual([
      400,
      "TAG_INVALID",
    ]);
    const leftover = digestOf(new TextEncoder().encode(other));
    expect(await registry.outcome("GET", `/v2/team/app/blobs/${leftover}`)).toEqual([404, "BLOB_UNKNOWN"]);
    expect(registry.snapshot()["team/app"]).toEqual({ latest: first.digest, v1: first.digest });
  });
});

describe("DELETE of a manifest", () => {
  it("by digest takes all its tags along", async () => {
    const image = await registry.push("team/app", "v1");
    const put = { body: image.root.bytes, headers: { "content-type": mediaTypes.ociManifest } };
    await registry.send("PUT", "/v2/team/app/manifests/v2", put);
    const other = await registry.push("team/app", "v3", ["linux/arm64"]);
    expect(await registry.outcome("DELETE", `/v2/team/app/manifests/${image.digest}`)).toEqual([202]);
    expect(registry.snapshot()["team/app"]).toEqual({ v3: other.digest });
    expect(await registry.outcome("DELETE", `/v2/team/app/manifests/${image.digest}`)).toEqual([
      404,
      "MANIFEST_UNKNOWN",
    ]);
  });

  it("by tag takes the tag alone", async () => {
    const image = await registry.push("team/app", "v1");
    expect(await registry.outcome("DELETE", "/v2/team/app/manifests/v1")).toEqual([202]);
    expect(registry.snapshot()["team/app"]).toEqual({});
    const get = registry.outcome("GET", `/v2/team/app/manifests/${image.digest}`, accept(mediaTypes.ociManifest));
    expect(await get).toEqual([200]);
  });
});
