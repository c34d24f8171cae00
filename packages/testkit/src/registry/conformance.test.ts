import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Descriptor, digestOf, mediaTypes } from "@bayplan/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServedHandler, serve } from "../serve.ts";
import { createEmbeddedRegistry } from "./embedded-registry.ts";

// What the OCI conformance programme asks of a registry with its default toggles, in our own words, for where the
// programme itself cannot be had. Where it can, the gate runs it: see conformance/src/oci.
type Algorithm = "sha256" | "sha512";
const accept = { headers: { accept: `${mediaTypes.ociIndex}, ${mediaTypes.ociManifest}` } };
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const noise = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

for (const storage of ["memory", "directory"] as const) {
  describe(`OCI distribution 1.1, in ${storage}`, () => {
    let directory: string;
    let served: ServedHandler;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "bayplan-oci-"));
      served = await serve(createEmbeddedRegistry(storage === "memory" ? {} : { storage: { directory } }).fetch);
    });
    afterAll(async () => {
      await served.close();
      await rm(directory, { recursive: true });
    });

    const send = (method: string, path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(new URL(path, served.origin), { ...init, method });
    const status = async (method: string, path: string, init?: RequestInit): Promise<number> => {
      const response = await send(method, path, init);
      await response.arrayBuffer();
      return response.status;
    };
    const locationOf = (response: Response): URL => new URL(response.headers.get("location") ?? "", served.origin);
    const finish = (location: URL, digest: string, init?: RequestInit): Promise<Response> => {
      location.searchParams.set("digest", digest);
      return send("PUT", location.href, init);
    };

    async function expectBlob(location: URL, bytes: Uint8Array): Promise<void> {
      const response = await send("GET", location.href);
      expect([response.status, response.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    }

    async function pushBlob(bytes: Uint8Array, algorithm: Algorithm, mediaType: string): Promise<Descriptor> {
      const digest = digestOf(bytes, algorithm);
      expect(await status("POST", `/v2/oci/one/blobs/uploads/?digest=${digest}`, { body: bytes })).toBe(201);
      return { mediaType, digest, size: bytes.length };
    }

    async function pushManifest(document: object, target?: string, algorithm: Algorithm = "sha256") {
      const bytes = bytesOf(document);
      const mediaType = (document as { mediaType: string }).mediaType;
      const digest = digestOf(bytes, algorithm);
      const put = { body: bytes, headers: { "content-type": mediaType } };
      const response = await send("PUT", `/v2/oci/one/manifests/${target ?? digest}`, put);
      expect(response.status).toBe(201);
      const pulled = await send("GET", locationOf(response).href, accept);
      expect([pulled.status, pulled.headers.get("content-type")]).toEqual([200, mediaType]);
      expect(Buffer.from(await pulled.arrayBuffer()).equals(bytes)).toBe(true);
      const { subject } = document as { subject?: Descriptor };
      expect(response.headers.get("oci-subject")).toBe(subject?.digest ?? null);
      return { mediaType, digest, size: bytes.length };
    }

    async function pushImage(more: object = {}, algorithm: Algorithm = "sha256"): Promise<Descriptor> {
      const config = await pushBlob(bytesOf({ made: Math.random() }), algorithm, mediaTypes.ociConfig);
      const layers = [await pushBlob(noise(64), algorithm, "application/vnd.oci.image.layer.v1.tar")];
      const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers, ...more };
      return pushManifest(manifest, undefined, algorithm);
    }

    it("answers the ping, and nothing wrong about what is not there", async () => {
      expect(await status("GET", "/v2/")).toBe(200);
      expect(await status("GET", "/v2/oci/none/tags/list")).toBe(404);
      const referrers = await send("GET", `/v2/oci/none/referrers/${digestOf(noise(8))}`);
      expect(await referrers.json()).toEqual({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
      expect(await status("GET", `/v2/oci/none/manifests/${digestOf(noise(8))}`, accept)).toBe(404);
      expect(await status("GET", "/v2/oci/none/manifests/sha256:baddigeststring", accept)).toBe(404);
      expect(await status("GET", "/v2/oci/none/manifests/.INVALID", accept)).toBe(404);
      const put = { body: bytesOf({}), headers: { "content-type": mediaTypes.ociManifest } };
      expect(await status("PUT", "/v2/oci/none/manifests/sha256:baddigeststring", put)).toBe(400);
    });

    for (const algorithm of ["sha256", "sha512"] as const) {
      for (const length of [0, 512, 3067]) {
        for (const isLastPut of [false, true]) {
          for (const isOutOfOrder of [false, true]) {
            const name = `${algorithm}, ${length} bytes, last by ${isLastPut ? "PUT" : "PATCH"}`;
            it(`takes chunks: ${name}${isOutOfOrder ? ", after one out of order each" : ""}`, async () => {
              const bytes = noise(length);
              let location = locationOf(await send("POST", "/v2/oci/one/blobs/uploads/"));
              let finished: Response | undefined;
              for (let from = 0; from < length; from += 1024) {
                const part = (start: number): RequestInit => {
                  const body = bytes.subarray(start, start + 1024);
                  return { body, headers: { "content-range": `${start}-${start + body.length - 1}` } };
                };
                if (isOutOfOrder && length > 1024) {
                  const wrong = from + 1024 < length ? from + 1024 : 0;
                  expect(await status("PATCH", location.href, part(wrong))).toBe(416);
                  const recovered = await send("GET", location.href);
                  const range = `0-${Math.max(0, from - 1)}`;
                  expect([recovered.status, recovered.headers.get("range")]).toEqual([204, range]);
                  location = locationOf(recovered);
                }
                if (isLastPut && from + 1024 >= length) {
                  finished = await finish(location, digestOf(bytes, algorithm), part(from));
                } else {
                  const patched = await send("PATCH", location.href, part(from));
                  expect(patched.status).toBe(202);
                  location = locationOf(patched);
                }
              }
              finished ??= await finish(location, digestOf(bytes, algorithm));
              expect(finished.status).toBe(201);
              await expectBlob(locationOf(finished), bytes);
            });
          }
        }
      }

      it(`refuses a wrong ${algorithm} however the bytes come`, async () => {
        const digest = digestOf(noise(32), algorithm);
        const body = noise(32);
        expect(await status("POST", `/v2/oci/one/blobs/uploads/?digest=${digest}`, { body })).toBe(400);
        const whole = locationOf(await send("POST", "/v2/oci/one/blobs/uploads/"));
        expect((await finish(whole, digest, { body })).status).toBe(400);
        const streamed = locationOf(await send("POST", "/v2/oci/one/blobs/uploads/"));
        const patched = await send("PATCH", streamed.href, { body });
        expect((await finish(locationOf(patched), digest)).status).toBe(400);
        expect(await status("HEAD", `/v2/oci/one/blobs/${digest}`)).toBe(404);
      });

      it(`mounts and deletes a ${algorithm} blob, and forgets a cancelled upload`, async () => {
        const { digest } = await pushBlob(noise(100), algorithm, "application/octet-stream");
        for (const from of ["&from=oci/one", ""]) {
          expect(await status("POST", `/v2/oci/two/blobs/uploads/?mount=${digest}${from}`)).toBe(201);
          expect(await status("DELETE", `/v2/oci/two/blobs/${digest}`)).toBe(202);
          expect(await status("HEAD", `/v2/oci/two/blobs/${digest}`)).toBe(404);
        }
        const missing = digestOf(noise(9), algorithm);
        expect(await status("POST", `/v2/oci/two/blobs/uploads/?mount=${missing}&from=oci/one`)).toBe(202);
        const cancelled = locationOf(await send("POST", "/v2/oci/one/blobs/uploads/"));
        expect(await status("DELETE", cancelled.href)).toBe(204);
        expect(await status("GET", cancelled.href)).toBe(404);
      });

      it(`takes images, indexes of indexes and empty indexes by ${algorithm}`, async () => {
        const children = [await pushImage({}, algorithm), await pushImage({ layers: [] }, algorithm)];
        const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: children };
        const inner = await pushManifest(index, undefined, algorithm);
        await pushManifest({ ...index, manifests: [inner] }, undefined, algorithm);
        await pushManifest({ ...index, manifests: [] }, undefined, algorithm);
      });
    }

    it("takes what the specification leaves open: data, custom fields, foreign layers, 4 MB", async () => {
      const config = await pushBlob(new TextEncoder().encode("{}"), "sha256", mediaTypes.ociEmpty);
      const digest = digestOf(noise(10));
      const mediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
      const foreign = { mediaType, digest, size: 123_456, urls: ["https://store.example.com/blob"] };
      await pushImage({ config: { ...config, data: "e30=" } });
      await pushImage({ layers: [foreign], custom: { field: [1, { a: null }] } });
      const annotations = Object.fromEntries(Array.from({ length: 390 }, (_, n) => [`large-${n}`, "A".repeat(10_000)]));
      await pushImage({ annotations });
    });

    it("lists referrers of images and of what is missing, with and without a filter", async () => {
      for (const subject of [
        await pushImage(),
        { mediaType: mediaTypes.ociManifest, digest: digestOf(noise(5)), size: 5 },
      ]) {
        const sbom = await pushImage({ subject, artifactType: "application/sbom", annotations: { hello: "there" } });
        const plain = await pushImage({ subject });
        const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], subject };
        const listed = await pushManifest({ ...index, artifactType: "application/list" });
        const path = `/v2/oci/one/referrers/${subject.digest}`;
        const all = (await (await send("GET", path)).json()) as { manifests: readonly Descriptor[] };
        const wanted = [
          { ...sbom, artifactType: "application/sbom", annotations: { hello: "there" } },
          { ...plain, artifactType: mediaTypes.ociConfig },
          { ...listed, artifactType: "application/list" },
        ];
        expect(all.manifests).toHaveLength(3);
        expect(all.manifests).toEqual(expect.arrayContaining(wanted));
        const some = await send("GET", `${path}?artifactType=application/sbom`);
        expect(some.headers.get("oci-filters-applied")).toBe("artifactType");
        expect(((await some.json()) as { manifests: unknown }).manifests).toEqual([wanted[0]]);
      }
    });

    it("lists tags from the last on, and forgets deleted tags and manifests at once", async () => {
      const { digest } = await pushImage();
      const bytes = Buffer.from(await (await send("GET", `/v2/oci/one/manifests/${digest}`, accept)).arrayBuffer());
      for (const tag of ["b", "a", "c"]) await pushManifest(JSON.parse(bytes.toString()) as object, tag);
      const list = async (query: string): Promise<readonly string[]> => {
        const page = (await (await send("GET", `/v2/oci/one/tags/list${query}`)).json()) as { tags: readonly string[] };
        return page.tags;
      };
      expect([await list(""), await list("?last=a")]).toEqual([
        ["a", "b", "c"],
        ["b", "c"],
      ]);
      expect(await status("DELETE", "/v2/oci/one/manifests/a")).toBe(202);
      expect(await status("HEAD", "/v2/oci/one/manifests/a", accept)).toBe(404);
      expect(await status("DELETE", `/v2/oci/one/manifests/${digest}`)).toBe(202);
      expect(await status("HEAD", `/v2/oci/one/manifests/${digest}`, accept)).toBe(404);
      expect(await list("")).toEqual([]);
    });
  });
}
