import {
  BayplanError,
  type Descriptor,
  type Digest,
  digestOf,
  formatPlatform,
  type Instant,
  instantToMs,
  mediaTypes,
  parseInstant,
  parsePlatform,
  type StoredBytes,
} from "@bayplan/core";
import { extendConfig, type ImageRuntimeConfig } from "./image-config.ts";
import { type Layer, packLayer } from "./layer.ts";
import type { PulledBase } from "./pull-base.ts";

/** What goes into an image. */
export interface BuildImageOptions {
  /** For example `["linux/amd64", "linux/arm64"]`; their order is the order in the index. */
  readonly platforms: readonly string[];
  /** Content by path: one layer, the same for every platform. */
  readonly files: Readonly<Record<string, string>>;
  readonly config?: ImageRuntimeConfig;
  /** On the index and on every manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of the config, its history and the files. Default `2026-01-01T00:00:00Z`. */
  readonly created?: Instant;
  /** Its layers, history and configuration come first, per platform. */
  readonly base?: PulledBase;
  /** Whether one platform, too, gets an index around it. Default `false`. */
  readonly index?: boolean;
}

/** A built image and everything that must be pushed with it. */
export interface BuiltImage {
  readonly digest: Digest;
  /** What a tag will name: the index, or the only manifest. */
  readonly root: StoredBytes;
  /** The manifests inside the index; empty when there is none. */
  readonly children: readonly StoredBytes[];
  /** Configs and layers, each once. */
  readonly blobs: readonly StoredBytes[];
  /** Manifest digest by platform. */
  readonly platforms: Readonly<Record<string, Digest>>;
}

/**
 * Builds a real image without a builder: the same input gives the same digest.
 *
 * @throws BayplanError `INVALID_PLATFORM`; `INVALID_INPUT` for no platform at all; `PLATFORM_MISMATCH` when the base lacks one.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 */
export async function buildImage(options: BuildImageOptions): Promise<BuiltImage> {
  if (options.platforms.length === 0) {
    throw new BayplanError("INVALID_INPUT", "An image needs at least one platform. Pass linux/amd64, for example.");
  }
  const created = options.created ?? parseInstant("2026-01-01T00:00:00Z");
  const layer = await packLayer(options.files, new Date(instantToMs(created)));
  const built = options.platforms.map((platform) => buildPlatform({ ...options, created }, { platform, layer }));
  const blobs = new Map(built.flatMap((one) => one.blobs.map((blob) => [blob.descriptor.digest, blob] as const)));
  const platforms = Object.fromEntries(built.map((one) => [one.platform, one.manifest.descriptor.digest]));
  const children = built.map((one) => one.manifest);
  const [only] = children;
  const common = { blobs: [...blobs.values()], platforms };
  if (only !== undefined && children.length === 1 && options.index !== true) {
    const { platform: _, ...descriptor } = only.descriptor;
    return { ...common, digest: descriptor.digest, root: { descriptor, bytes: only.bytes }, children: [] };
  }
  const root = toJson(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: children.map((child) => child.descriptor),
    ...annotationsOf(options),
  });
  return { ...common, digest: root.descriptor.digest, root, children };
}

function buildPlatform(
  options: BuildImageOptions & { readonly created: Instant },
  own: { readonly platform: string; readonly layer: Layer },
): { readonly platform: string; readonly manifest: StoredBytes; readonly blobs: readonly StoredBytes[] } {
  const platform = parsePlatform(own.platform);
  const name = formatPlatform(platform);
  const base = options.base?.platforms[name];
  if (options.base !== undefined && base === undefined) {
    const message = `The base ${options.base.reference} has no ${name}. Build for ${Object.keys(options.base.platforms).join(", ")}.`;
    throw new BayplanError("PLATFORM_MISMATCH", message);
  }
  const added = { platform, diffId: own.layer.diffId, created: options.created, config: options.config ?? {} };
  const config = toJson(mediaTypes.ociConfig, extendConfig(base?.config, added));
  const layers = [...(base?.layers ?? []), own.layer];
  const manifest = toJson(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: config.descriptor,
    layers: layers.map((layer) => layer.descriptor),
    ...annotationsOf(options),
  });
  const blobs = [config, ...layers.map(({ descriptor, bytes }) => ({ descriptor, bytes }))];
  return { platform: name, manifest: { ...manifest, descriptor: { ...manifest.descriptor, platform } }, blobs };
}

function annotationsOf({ annotations }: BuildImageOptions): { annotations?: Readonly<Record<string, string>> } {
  return annotations === undefined ? {} : { annotations };
}

function toJson(mediaType: string, value: unknown): StoredBytes {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, bytes };
}
