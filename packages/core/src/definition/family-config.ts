import type { SchemeConfig } from "../version/create-version-scheme.ts";
import type { VersionSelector } from "../version/version-selector.ts";
import type { TagConfig } from "./tag-config.ts";

/** What a user writes: short forms allowed. Plain data, so that YAML, JSON and bots can carry it. */
export interface FamilyConfig {
  /** Names the family in plans and reports. Default `family`. */
  readonly name?: string;
  /** Where images are pushed; `{image}` stands for the image's name, for example `ghcr.io/nascheme/{image}`. */
  readonly repository: string;
  /** The version, or several: each is one leg, and every image is built once per leg. */
  readonly version: VersionConfig | readonly VersionConfig[];
  /** Versions of other software, resolved once and passed to builds as `{name}` in their inputs. */
  readonly companions?: Readonly<Record<string, CompanionConfig>>;
  readonly images: Readonly<Record<string, ImageConfig>>;
  /** Tag rules of every image: a text is an exact tag, `{ alias }` a guarded moving one. */
  readonly tags: readonly TagConfig[];
  /** Platforms every image must have, for example `linux/arm64`. Default `["linux/amd64"]`. */
  readonly platforms?: readonly string[];
  /**
   * `staged` (default): the workflow pushes to a staging tag, Bayplan verifies it and puts the final tags.
   * `direct`: the workflow pushes the exact tag itself, Bayplan verifies it and moves the aliases.
   */
  readonly publish?: "staged" | "direct";
  /**
   * What it means when a registry answers "denied, or not there": `unknown` (default) builds nothing, `absent` lets
   * the first image of a new package be built.
   */
  readonly deniedMeans?: "unknown" | "absent";
  /** Git ref that workflows run on. Default `main`. */
  readonly ref?: string;
  /** How long to wait for a build, in seconds. Default 5400. */
  readonly buildTimeoutSeconds?: number;
  /** How long a plan may be executed after it was made, in minutes. Default 60. */
  readonly planValidMinutes?: number;
}

/** Gates of a version request; what each means and its default stands at {@link VersionSelector}. */
export type VersionGates = Pick<
  VersionSelector,
  | "range"
  | "channel"
  | "precision"
  | "ltsOnly"
  | "missingTime"
  | "variantVersions"
  | "allow"
  | "deny"
  | "exclude"
  | "deprecated"
  | "endOfLife"
>;

/** Which version of a source is wanted. */
export interface CompanionConfig extends VersionGates {
  /** Key of `ports.sources`, for example `python.org`. */
  readonly source: string;
  /** Name of a version scheme, `cpython-tag`; with options `{ name: "calver", format: "YYYY.0M" }`. */
  readonly scheme: string | SchemeConfig;
  /** Leading parts, for example `3.14`. Default: all. */
  readonly line?: string;
  /** Whether pre-releases may be picked. Default false. */
  readonly prereleases?: boolean;
  /** Days a version must have been out. Default 0. */
  readonly minimumAgeDays?: number;
}

/** One leg of the family: which version, and for which images. */
export interface VersionConfig extends CompanionConfig {
  /** For example `t`. Default none. */
  readonly variant?: string;
  /** Lines and variants to combine: each combination is a version of its own. Default none. */
  readonly matrix?: VersionMatrix;
  /** Names of the images built for this version. Default: all. */
  readonly images?: readonly string[];
}

/** Lines and variants of one source that are released side by side. */
export interface VersionMatrix {
  /** For example `["3.13", "3.14"]`. */
  readonly line?: readonly string[];
  /** For example `["", "t"]`. */
  readonly variant?: readonly string[];
  /** Combinations that do not exist, for example `[{ line: "3.12", variant: "t" }]`. */
  readonly exclude?: readonly { readonly line?: string; readonly variant?: string }[];
}

/** One image of the family. */
export interface ImageConfig {
  /** File name of the workflow that builds it. */
  readonly workflow: string;
  /** `owner/name` of the Git repository with the workflow. Default: the CI adapter's own. */
  readonly gitRepository?: string;
  /** What it is built on, in Dockerfile order: images of this family by name, or external references. */
  readonly base?: string | readonly string[];
  /**
   * Inputs of the workflow. Values may use `{version}`, `{image}`, `{destination}` (where to push, with tag),
   * `{base}` (first base by digest), `{base:NAME}` and `{companion}` names.
   * Default `{ version: "{version}", destination: "{destination}" }`, with bases also `base: "{base}"`.
   */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Overrides the family's. */
  readonly repository?: string;
  /** Overrides the family's. */
  readonly tags?: readonly TagConfig[];
  /** Overrides the family's. */
  readonly platforms?: readonly string[];
  /** Overrides the family's. */
  readonly publish?: "staged" | "direct";
}
