import type { Platform } from "../oci/platform.ts";
import type { Reference, RepositoryName } from "../oci/reference.ts";
import type { RetentionPolicy } from "../retention/retention-policy.ts";
import type { TagRule } from "../tags/tag-rule.ts";
import type { SchemeConfig } from "../version/create-version-scheme.ts";
import type { BuildKeyFormat } from "./build-key-format.ts";
import type { FailurePolicy, FamilyConfig, VersionGates } from "./family-config.ts";

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
  /** Absent: no image is ever too old. */
  readonly maxAgeDays?: number;
  /** What is kept. Absent: nothing is ever deleted. */
  readonly retention?: RetentionPolicy;
  /** How builds are named. Absent: as `buildKey` does by itself. Not part of the document. */
  readonly buildKeys?: BuildKeyFormat;
  /** The document it came from, for people and for another process. */
  readonly config: FamilyConfig;
}

/** Which version of which source is wanted. */
export interface VersionRequest extends VersionGates {
  /** Not asked where the version is fixed. */
  readonly source: string;
  /** The version that the definition or its caller names. */
  readonly fixed?: string;
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
  /** The only platforms of this version, in text form. Absent: all of each image. */
  readonly platforms?: readonly string[];
  /** Texts for braces in inputs. */
  readonly values: Readonly<Record<string, string>>;
}

/** What an image is built on. */
export type Base = (
  | { readonly kind: "image"; readonly image: string }
  | { readonly kind: "external"; readonly reference: Reference }
) & {
  /** `build`: only an earlier stage reads it. Absent: of the last stage, so it is in the result. */
  readonly stage?: "final" | "build";
  /** The platforms that are built on it, in text form. Absent: all of the image. */
  readonly platforms?: readonly string[];
};

/** Images that are released together. */
export interface ReleaseGroup {
  readonly group: string;
  readonly onFailure: FailurePolicy;
}

/** How an image is tested before it gets a tag. */
export interface ImageTest {
  readonly workflow: string;
  /** Absent: the CI adapter's own. */
  readonly gitRepository?: string;
  /** With braces; `{tested}` is the image by digest. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** One image of the family. */
export interface ImageDefinition {
  readonly name: string;
  readonly repository: RepositoryName;
  readonly workflow: string;
  /** Absent: the CI adapter's own. */
  readonly gitRepository?: string;
  readonly bases: readonly Base[];
  /** With build arguments put in; other braces are still there. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Build arguments as templates, the family's and its own. */
  readonly args: Readonly<Record<string, string>>;
  readonly tags: readonly TagRule[];
  readonly platforms: readonly Platform[];
  readonly publish: "staged" | "direct";
  readonly adopt: "trust" | "verify" | "rebuild";
  readonly drift: "ignore" | "watch";
  readonly rebuilds: "keep" | "replace";
  /** Absent: it is released by itself. */
  readonly release?: ReleaseGroup;
  /** Absent: it gets its tags as soon as it is verified. */
  readonly test?: ImageTest;
  /** Further repositories with the same tags. Absent: none. */
  readonly copies?: readonly RepositoryName[];
}
