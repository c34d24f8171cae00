import type { VersionScheme } from "../version/version-scheme.ts";

/** One combination: a value per axis, and what was included or derived. */
export type MatrixLeg = Readonly<Record<string, string>>;

/** Values that a leg must have: all keys, and any of the values of each. */
export type LegPattern = Readonly<Record<string, string | readonly string[]>>;

/** Which legs there are. Plain data, but for a scheme or a derived value that the caller brings as a function. */
export interface MatrixSpec {
  /** Values by axis, combined with each other; the first axis changes slowest. Default none. */
  readonly axes?: Readonly<Record<string, readonly string[]>>;
  /**
   * As in a GitHub workflow: an entry is added to every combination whose axes it does not contradict; one that
   * contradicts all of them is a leg of its own. Applied after `exclude`.
   */
  readonly include?: readonly MatrixLeg[];
  /** Combinations of the axes that are left out. */
  readonly exclude?: readonly LegPattern[];
  /** Further values, from templates such as `python-{version}{variant}` or functions of the leg. In this order. */
  readonly derive?: Readonly<Record<string, string | ((leg: MatrixLeg) => string)>>;
  /** Which key is a version. Needed for the filters `lts`, `latest` and `edges`. */
  readonly version?: MatrixVersion;
  /** What no legs at all mean: an error (default), nothing, or this one leg, for example `{ skip: "true" }`. */
  readonly onEmpty?: "fail" | "allow" | MatrixLeg;
  /** More legs than this are refused before they are made. Default 10,000. */
  readonly maxLegs?: number;
}

/** The key of a leg that is a version, and how versions are ordered. */
export interface MatrixVersion {
  /** A key of the legs, for example `python`. */
  readonly key: string;
  /**
   * A version scheme or its name. Default: numbers by value and the rest as text, so 17.10 is newer than 17.3; that
   * knows nothing of pre-releases.
   */
  readonly scheme?: string | VersionScheme;
  /** Order of the legs. Equal versions, and legs without one at the end, stay as declared. Default `declared`. */
  readonly order?: "declared" | "oldest-first" | "newest-first";
  /** The versions with long-term support. */
  readonly lts?: readonly string[];
}

/** Which legs are wanted, applied in this order. */
export interface MatrixFilters {
  /** Only legs with these values, for example `{ type: "python", variant: ["", "-ml"] }`. */
  readonly only?: LegPattern;
  /** Only versions with long-term support. Default false. */
  readonly lts?: boolean;
  /** Only the newest versions, this many, of those that passed the filters above. 0 is none. */
  readonly latest?: number;
  /** Only the first and the last version, in the order of the legs: what a quick check builds. Default false. */
  readonly edges?: boolean;
}
