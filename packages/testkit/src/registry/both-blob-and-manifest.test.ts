import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mediaTypes } from "@bayplan/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bayplan-both-"));
});
afterAll(() => rm(directory, { recursive: true }));

const accept = { headers: { accept: mediaTypes.ociManifest } };

for (const storage of ["memory", "directory"] as const) {
  describe(`bytes that are pushed as blob and as manifest, in ${storage}`, () => {
    const open = (repository: string): TestRegistry =>
      openTestRegistry(storage === "memory" ? {} : { storage: { directory: join(directory, repository) } });
    for (const first of ["blob", "manifest"] as const) {
      for (const deleted of ["blob", "manifest"] as const) {
        it(`are both, ${first} first, until the ${deleted} is deleted`, async () => {
          const name = `${first}-${deleted}`;
          let registry = open(name);
          const config = '{"rootfs":{"type":"layers","diff_ids":[]}}';
          const digest = await registry.putBlob("team/app", config);
          const document = {
            schemaVersion: 2,
            mediaType: mediaTypes.ociManifest,
            config: { mediaType: mediaTypes.ociConfig, digest, size: config.length },
            layers: [],
          };
          const bytes = new TextEncoder().encode(JSON.stringify(document));
          const asManifest = () => registry.putManifest("/v2/team/app/manifests/v1", document);
          if (first === "manifest") expect(await asManifest()).toEqual([201]);
          const both = await registry.putBlob("team/app", bytes);
          if (first === "blob") expect(await asManifest()).toEqual([201]);
          if (storage === "directory") registry = open(name);
          const blob = () => registry.outcome("GET", `/v2/team/app/blobs/${both}`);
          const manifest = () => registry.outcome("GET", `/v2/team/app/manifests/${both}`, accept);
          expect([await blob(), await manifest()]).toEqual([[200], [200]]);
          expect(await registry.outcome("DELETE", `/v2/team/app/${deleted}s/${both}`)).toEqual([202]);
          if (storage === "directory") registry = open(name);
          const gone = [404, deleted === "blob" ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN"];
          expect([await blob(), await manifest()]).toEqual(deleted === "blob" ? [gone, [200]] : [[200], gone]);
        });
      }
    }
  });
}
