import type { JsonValue } from "../oci/canonical-json.ts";

/** How closely two images are compared. What each means and misses: docs/digests.md. */
export type ComparisonLevel =
  /** The digests of what the references name: everything in them is the same, to the byte. */
  | "index"
  /** Every platform's manifest. Attestations, their order and the index's annotations do not count. */
  | "platform-manifests"
  /** The manifest of one platform. */
  | "manifest"
  /** The digest of every platform's config: contents, settings, history and times. */
  | "config"
  /** Every platform's config without times and without what builders note about themselves. */
  | "config-normalised"
  /** Every platform's compressed layers, in order. Settings do not count. */
  | "layers"
  /** Every platform's unpacked layers (diff_ids), in order: the file system only. Settings do not count. */
  | "rootfs"
  /** Whether the right image's unpacked layers are the first ones of the left: left is built on right. */
  | "base-prefix";

/** One way in which two images differ. `left` or `right` is absent where that side has nothing. */
export type ImageDifference =
  | { readonly kind: "digest"; readonly left: string; readonly right: string }
  | { readonly kind: "platform"; readonly platform: string; readonly missing: "left" | "right" }
  | { readonly kind: "manifest" | "config"; readonly platform: string; readonly left: string; readonly right: string }
  | {
      readonly kind: "config-field";
      readonly platform: string;
      /** For example `config.Env` or `history[2].created_by`. */
      readonly field: string;
      readonly left?: JsonValue;
      readonly right?: JsonValue;
    }
  | {
      readonly kind: "layer" | "diff-id";
      readonly platform: string;
      /** From 0. */
      readonly index: number;
      readonly left?: string;
      readonly right?: string;
    };

/** The answer of a comparison. */
export interface Comparison {
  readonly level: ComparisonLevel;
  readonly equal: boolean;
  /** Empty exactly when equal. */
  readonly differences: readonly ImageDifference[];
}
