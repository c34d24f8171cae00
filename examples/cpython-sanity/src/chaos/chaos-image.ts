import { type Digest, digestOf, mediaTypes, type StoredBytes } from "@bayplan/core";

/** An image with all that must be pushed before its index. */
export interface ChaosImage {
  readonly digest: Digest;
  readonly root: StoredBytes;
  readonly children: readonly StoredBytes[];
  readonly blobs: readonly StoredBytes[];
  /** By platform, from the lowest. */
  readonly layers: Readonly<Record<string, readonly StoredBytes[]>>;
}

const platforms = ["amd64", "arm64"];

/**
 * Makes an image of a text, on top of another one. At once: what takes no turn of the event loop cannot come out
 * differently the second time. Its layers are no archives; registries do not look.
 */
export function chaosImage(content: string, base?: ChaosImage): ChaosImage {
  const layer = stored(mediaTypes.ociLayerGzip, content);
  const built = platforms.map((architecture) => {
    const layers = [...(base?.layers[architecture] ?? []), layer];
    const diffs = layers.map(({ descriptor }) => descriptor.digest);
    const config = json(mediaTypes.ociConfig, {
      architecture,
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: diffs },
      history: [],
    });
    const manifest = json(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: config.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    });
    return { architecture, layers, config, manifest };
  });
  const root = json(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: built.map(({ architecture, manifest }) => {
      return { ...manifest.descriptor, platform: { os: "linux", architecture } };
    }),
  });
  const blobs = new Map(
    built.flatMap(({ layers, config }) => [...layers, config].map((blob) => [digestIn(blob), blob])),
  );
  return {
    digest: digestIn(root),
    root,
    children: built.map(({ manifest }) => manifest),
    blobs: [...blobs.values()],
    layers: Object.fromEntries(built.map(({ architecture, layers }) => [architecture, layers])),
  };
}

function digestIn({ descriptor }: StoredBytes): Digest {
  return descriptor.digest;
}

function json(mediaType: string, value: unknown): StoredBytes {
  return stored(mediaType, JSON.stringify(value));
}

function stored(mediaType: string, text: string): StoredBytes {
  const bytes = new TextEncoder().encode(text);
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
