import type { SchemeConfig } from "./create-version-scheme.ts";
import type { VersionScheme } from "./version-scheme.ts";

/**
 * How far from a final release a version may be. Final releases are admitted everywhere: a higher one still wins.
 *
 * - `stable`: final releases only. `rc`, `beta`, `alpha`: also those that are at least so far.
 * - `prerelease`, `dev`, `nightly`: every pre-release, also those whose phase cannot be told.
 * - `lts`: final releases with long-term support.
 */
export type VersionChannel = "stable" | "lts" | "rc" | "beta" | "alpha" | "prerelease" | "dev" | "nightly";

/** Which of the published versions is wanted. */
export interface VersionSelector {
  /** A scheme, its name, or its name with options. */
  readonly scheme: VersionScheme | SchemeConfig | string;
  /** Leading parts, for example `3.14`; `3.1` does not contain 3.14.3. Default: all. */
  readonly line?: string;
  /** Range in the scheme's own notation. Default: all. */
  readonly range?: string;
  /** Only this variant. Default: that of `current`, otherwise the empty one. */
  readonly variant?: string;
  /**
   * `float`: numbers inside the variant may differ or be left out: `alpine` admits `alpine3.19`. Of one release the
   * highest is taken.
   * Default `keep`.
   */
  readonly variantVersions?: "keep" | "float";
  /**
   * `keep`: exactly the prefix of `current`. `any`: `v` may come and go. `{ text }`: exactly this one. Default `keep`
   * with `current`; otherwise `any`, so that another word (`python-`) names another thing.
   */
  readonly prefix?: "keep" | "any" | { readonly text: string };
  /** Default `stable`; with a pre-release as `current`, also later pre-releases of the same release. */
  readonly channel?: VersionChannel;
  /** `true` is the channel `prerelease`. Default false. */
  readonly prereleases?: boolean;
  /** Only versions with long-term support: where the source tells, by its data, otherwise by the text. Default false. */
  readonly ltsOnly?: boolean;
  /**
   * The version in use: nothing below it is picked (nothing else, where the scheme ranks nothing), and it settles what is
   * not given. Default none.
   */
  readonly current?: string;
  /** By how much the first number may exceed that of `current`, which must be given; years may. Default: no limit. */
  readonly maxMajorIncrement?: number;
  /** A version must have been out for so many days. Default 0: no gate. */
  readonly minimumAgeDays?: number;
  /** What a version without a time is under `minimumAgeDays`. Default `hold`. */
  readonly missingTime?: "hold" | "allow";
  /** Exactly so many numeric parts, so that `3.14` never competes with 3.14.3. Default: what the scheme says. */
  readonly precision?: number;
  /** Patterns (RE2) of which one must be found in the text. Default: all. */
  readonly allow?: readonly string[];
  /** Patterns (RE2) of which none may be found in the text. Default none. */
  readonly deny?: readonly string[];
  /** Texts that are never picked, exactly as published. Default none. */
  readonly exclude?: readonly string[];
  /** Whether what its publisher advises against may be picked. Default `reject`. */
  readonly deprecated?: "reject" | "allow";
  /** Whether what is no longer maintained may be picked. Default `reject`. */
  readonly endOfLife?: "reject" | "allow";
}
