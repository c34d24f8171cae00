import type { Digest } from "../oci/digest.ts";

/** Everything a build's result depends on. Two equal inputs are one build. */
export interface BuildKeyInput {
  /** What the source is: for example repository, workflow and ref, or a tree hash. */
  readonly source: Readonly<Record<string, string>>;
  /** The build's arguments, without where it is pushed to. */
  readonly args: Readonly<Record<string, string>>;
  /** Per platform, the manifest digests of the bases in Dockerfile order. */
  readonly platforms: readonly { readonly platform: string; readonly bases: readonly Digest[] }[];
  /** What the bases are called, in the same order. Not part of Bayplan's own keys: another name is no other build. */
  readonly baseNames?: readonly string[];
}

/**
 * How builds are named, for a registry that is already full of builds under somebody else's names. Changing it makes
 * every finished build unknown, so they are built again.
 */
export interface BuildKeyFormat {
  /** The text whose SHA-256 is the key. The same text for two inputs makes them one build. */
  readonly serialise: (input: BuildKeyInput) => string;
  /** The tag under which a finished build is found. Default `bp-` and the first 32 hexadecimal digits of its key. */
  readonly stagingTag?: (key: Digest) => string;
}
