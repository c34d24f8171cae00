import type { Digest, Instant, Platform } from "@bayplan/core";

/** How a container of the image runs. */
export interface ImageRuntimeConfig {
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
}

/** What a config document says of one step of the build. */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/**
 * The parts of a config document that a derived image continues.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export interface ImageConfigDocument extends Platform {
  readonly created?: string;
  readonly config?: {
    readonly Env?: readonly string[];
    readonly Labels?: Readonly<Record<string, string>>;
    readonly Entrypoint?: readonly string[];
    readonly [other: string]: unknown;
  };
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

/** The config of an image that puts one layer on its base, inheriting what is not said anew. */
export function extendConfig(
  base: ImageConfigDocument | undefined,
  added: {
    readonly platform: Platform;
    readonly diffId: Digest;
    readonly created: Instant;
    readonly config: ImageRuntimeConfig;
  },
): ImageConfigDocument {
  const { env, labels, entrypoint } = added.config;
  const inherited = base?.config ?? {};
  const names = new Set(Object.keys(env ?? {}));
  const keptEnv = (inherited.Env ?? []).filter((entry) => !names.has(entry.split("=", 1)[0] ?? ""));
  const allEnv = [...keptEnv, ...Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`)];
  const allLabels = { ...inherited.Labels, ...labels };
  const step = { created: added.created, created_by: "COPY files / # bayplan-testkit" };
  return {
    ...added.platform,
    created: added.created,
    config: {
      ...inherited,
      ...(allEnv.length === 0 ? {} : { Env: allEnv }),
      ...(Object.keys(allLabels).length === 0 ? {} : { Labels: allLabels }),
      ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    },
    rootfs: { type: "layers", diff_ids: [...(base?.rootfs.diff_ids ?? []), added.diffId] },
    history: [...(base?.history ?? []), step],
  };
}
