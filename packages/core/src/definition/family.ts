import type { Platform } from "../oci/platform.ts";
import type { Reference, RepositoryName } from "../oci/reference.ts";
import type { TagRule } from "../tags/tag-rule.ts";
import type { SchemeConfig } from "../version/create-version-scheme.ts";
import type { BuildKeyFormat } from "./build-key-format.ts";
import type { FamilyConfig, VersionGates } from "./family-config.ts";

/** A checked definition: short forms expanded, defaults filled in, every name known to exist. */
export interface Family {
  readonly name: string;
  /** In the order of the definition. */
  readonly legs: readonly VersionLeg[];
  readonly companions: Readonly<Record<string, VersionRequest>>;
  /** In the order of the definition. */
  readonly images: readonly ImageDefinition[];
  readonly deniedMeans: "unknown" | "absent";
  readonly ref: string;
  readonly buildTimeoutMs: number;
  readonly planValidMs: number;
  /** How builds are named. Absent: as `buildKey` does by itself. Not part of the document. */
  readonly buildKeys?: BuildKeyFormat;
  /** The document it came from, for people and for another process. */
  readonly config: FamilyConfig;
}

/** Which version of which source is wanted. */
export interface VersionRequest extends VersionGates {
  readonly source: string;
  readonly scheme: string | SchemeConfig;
  readonly line?: string;
  readonly prereleases: boolean;
  readonly minimumAgeDays: number;
}

/** One version every image of the leg is built for. */
export interface VersionLeg extends VersionRequest {
  /** Unique in the family, for example `3.14t`. */
  readonly id: string;
  readonly variant: string;
  /** Names of images; every base inside the family is in the same leg. */
  readonly images: readonly string[];
}

/** What an image is built on. */
export type Base =
  | { readonly kind: "image"; readonly image: string }
  | { readonly kind: "external"; readonly reference: Reference };

/** One image of the family. */
export interface ImageDefinition {
  readonly name: string;
  readonly repository: RepositoryName;
  readonly workflow: string;
  /** Absent: the CI adapter's own. */
  readonly gitRepository?: string;
  readonly bases: readonly Base[];
  readonly inputs: Readonly<Record<string, string>>;
  readonly tags: readonly TagRule[];
  readonly platforms: readonly Platform[];
  readonly publish: "staged" | "direct";
}
