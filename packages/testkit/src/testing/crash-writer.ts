import { type Digest, digestOf, mediaTypes } from "@bayplan/core";
import { openTestRegistry } from "./open-test-registry.ts";

// Started as a process of its own, to be killed in the middle of its writes. It names on standard output what was
// acknowledged: `blob <digest>`, `tag <tag> <digest>`. Several writers at once and blobs of several chunks each, so that
// some file is always half written.
const directory = process.argv[2] ?? "";
const registry = openTestRegistry({ storage: { directory } });
const config = new TextEncoder().encode('{"rootfs":{"type":"layers","diff_ids":[]}}');
const digest = await registry.putBlob("team/app", config);

async function write(writer: number): Promise<never> {
  for (let round = 0; ; round++) {
    const layer = new Uint8Array(1_000_000).fill(round % 251);
    layer.set([writer, round >> 8, round & 255]);
    const layerDigest: Digest = await registry.putBlob("team/app", layer);
    process.stdout.write(`blob ${layerDigest}\n`);
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest, size: config.length },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layerDigest, size: layer.length }],
    };
    const tag = `w${writer}-${round % 7}`;
    const [status] = await registry.putManifest(`/v2/team/app/manifests/${tag}`, manifest);
    const manifestDigest = digestOf(new TextEncoder().encode(JSON.stringify(manifest)));
    if (status === 201) process.stdout.write(`tag ${tag} ${manifestDigest}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(write));
