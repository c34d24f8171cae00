import type { RetentionPolicy } from "../retention/retention-policy.ts";
import type { SchemeConfig } from "../version/create-version-scheme.ts";
import type { VersionSelector } from "../version/version-selector.ts";
import type { TagConfig } from "./tag-config.ts";

/** What a user writes: short forms allowed. Plain data, so that YAML, JSON and bots can carry it. */
export interface FamilyConfig {
  /** Where editors find the JSON Schema. Means nothing to Bayplan. */
  readonly $schema?: string;
  /**
   * Names of documents that this one lies over: what they say counts where this one says nothing. The documents come in
   * the options of `parseDefinition`; the nearest is named last.
   */
  readonly extends?: string | readonly string[];
  /** Names the family in plans and reports. Default `family`. */
  readonly name?: string;
  /** Where images are pushed; `{image}` stands for the image's name, for example `ghcr.io/nascheme/{image}`. */
  readonly repository: string;
  /** The version, or several: each is one leg, and every image is built once per leg. */
  readonly version: VersionConfig | readonly VersionConfig[];
  /**
   * Versions of other software, resolved once and passed to builds as `{name}` in their inputs. A text is the version
   * itself, for which nobody is asked.
   */
  readonly companions?: Readonly<Record<string, string | CompanionConfig>>;
  /** What images have that do not say otherwise, where the family has no key for it. Default nothing. */
  readonly defaults?: ImageDefaults;
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
   * What images are that exist already and that nobody knows the key of. `trust` (default): built as they should be, until
   * there is evidence against it. `verify`: only if it can be proven what they are built on. `rebuild`: not ours, unless
   * their build is found under its staging tag.
   */
  readonly adopt?: "trust" | "verify" | "rebuild";
  /** Whether bases of existing images are watched: costs requests for each image. Default `ignore`. */
  readonly drift?: "ignore" | "watch";
  /**
   * What happens to a release that exists and is stale, too old or forced. `keep` (default): its exact tags name one
   * image for ever, so it is not built again, and the plan says why it would be. `replace`: it is built again, and its
   * exact tags move to the new image.
   */
  readonly rebuilds?: "keep" | "replace";
  /** The group that images are released in: a name, or with what happens when one of them fails. Default none. */
  readonly release?: string | ReleaseConfig;
  /** The workflow that tests every image before it gets a tag: its file name, or with more. Default none. */
  readonly test?: string | TestConfig;
  /**
   * Further repositories that get every image with the same tags, for example `docker.io/nascheme/{image}`. Images are built
   * in `repository` and copied from there. Default none.
   */
  readonly copies?: readonly string[];
  /** Build arguments of every image; inputs take them to the build as `{args}` or `{arg:NAME}`. Default none. */
  readonly args?: Readonly<Record<string, string>>;
  /** What is kept of what was published, for `evaluateRetention`. Default: nothing is ever deleted. */
  readonly retention?: RetentionPolicy;
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
  /** Age in days from which an image counts as stale, for what builds fetch without being named. Default: no age. */
  readonly maxAgeDays?: number;
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
  /** This version and no other, exactly as it is published: nobody is asked. Default: what the source has. */
  readonly version?: string;
}

/** One leg of the family: which version, and for which images. */
export interface VersionConfig extends CompanionConfig {
  /** For example `t`. Default none. */
  readonly variant?: string;
  /** Lines and variants to combine: each combination is a version of its own. Default none. */
  readonly matrix?: VersionMatrix;
  /** Names of the images built for this version. Default: all. */
  readonly images?: readonly string[];
  /** The only platforms of this version, for every image that has them. Default: all of the image. */
  readonly platforms?: readonly string[];
  /** Texts that inputs and build arguments may have in braces. Default none. */
  readonly values?: Readonly<Record<string, string>>;
}

/** Lines, variants and platforms of one source that are released side by side. The first key changes slowest. */
export interface VersionMatrix {
  /** For example `["3.13", "3.14"]`. */
  readonly line?: readonly string[];
  /** For example `["", "t"]`. */
  readonly variant?: readonly string[];
  /** For example `["linux/amd64", "linux/arm64"]`: what is left of them for a line and variant are its platforms. */
  readonly platform?: readonly string[];
  /** Combinations that do not exist, for example `[{ line: "3.12", variant: "t" }]`; a list means any of its values. */
  readonly exclude?: readonly MatrixPattern[];
  /**
   * As in a GitHub workflow: values for the combinations that an entry does not contradict, or a combination of its own.
   * What is no axis becomes one of `values`.
   */
  readonly include?: readonly Readonly<Record<string, string>>[];
  /** Further `values`, from templates such as `python-{line}{variant}`. */
  readonly derive?: Readonly<Record<string, string>>;
}

/** Combinations of a matrix: all keys, and any of the values of each. */
export interface MatrixPattern {
  readonly line?: string | readonly string[];
  readonly variant?: string | readonly string[];
  readonly platform?: string | readonly string[];
}

/** One image of the family. */
export interface ImageConfig {
  /** File name of the workflow that builds it. Default: that of `defaults`; one of them is needed. */
  readonly workflow?: string;
  /** `owner/name` of the Git repository with the workflow. Default: the CI adapter's own. */
  readonly gitRepository?: string;
  /** What it is built on, in Dockerfile order: images of this family by name, or external references. */
  readonly base?: string | BaseConfig | readonly (string | BaseConfig)[];
  /**
   * Inputs of the workflow. Values may use `{version}`, `{image}`, `{destination}` (where to push, with tag),
   * `{base}` (first base by digest), `{base:NAME}`, `{args}` (build arguments, one a line), `{arg:NAME}`, and names of
   * companions and of values of the version.
   * Default `{ version: "{version}", destination: "{destination}" }`, with bases also `base: "{base}"`, with build arguments
   * `args: "{args}"`.
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
  /** Overrides the family's. */
  readonly adopt?: "trust" | "verify" | "rebuild";
  /** Overrides the family's. */
  readonly drift?: "ignore" | "watch";
  /** Overrides the family's. */
  readonly rebuilds?: "keep" | "replace";
  /** Overrides the family's. */
  readonly release?: string | ReleaseConfig;
  /** Overrides the family's; `false`: it is not tested. */
  readonly test?: string | TestConfig | false;
  /** Overrides the family's; an empty list: none. */
  readonly copies?: readonly string[];
  /** Added to the family's; the same name has this value. May use `{version}` and what else inputs know, but no base. */
  readonly args?: Readonly<Record<string, string>>;
}

/** What an image has that does not say otherwise. */
export type ImageDefaults = Pick<ImageConfig, "workflow" | "gitRepository" | "base" | "inputs">;

/** One base of an image. */
export interface BaseConfig {
  /** An image of this family by name, or an external reference. */
  readonly from: string;
  /** `build`: only an earlier stage of the Dockerfile reads it, nothing of it need be in the result. Default `final`. */
  readonly stage?: "final" | "build";
  /** The platforms that are built on it. Default: all of the image. */
  readonly platforms?: readonly string[];
}

/**
 * What becomes of a release group when something of it fails. `independent`: what depends on it is skipped, everything
 * else goes on. `fail-fast`: nothing of the group begins any more, and its runs are cancelled. `gate`: no tag of the
 * group is written before all its images are verified and all its tags were looked at.
 */
export type FailurePolicy = "independent" | "fail-fast" | "gate";

/** A release group: images that are released together, once for each version. */
export interface ReleaseConfig {
  readonly group: string;
  /** What becomes of the others when one fails. Default `gate`. */
  readonly onFailure?: FailurePolicy;
}

/** A workflow that tests an image before it gets a tag. */
export interface TestConfig {
  /** File name of the workflow. */
  readonly workflow: string;
  /** `owner/name` of the Git repository with the workflow. Default: the one that builds the image. */
  readonly gitRepository?: string;
  /**
   * Inputs of the workflow. Values may use `{tested}` (the image by digest), `{version}`, `{image}`, and names of companions
   * and of values of the version. Default `{ version: "{version}", tested: "{tested}" }`.
   */
  readonly inputs?: Readonly<Record<string, string>>;
  /** How long to wait for it, in seconds. Default: as for a build. */
  readonly timeoutSeconds?: number;
}
