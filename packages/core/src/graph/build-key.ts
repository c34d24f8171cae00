import { canonicalJson } from "../oci/canonical-json.ts";
import { type Digest, digestOf } from "../oci/digest.ts";

/** Everything a build's result depends on. Two equal inputs are one build. */
export interface BuildKeyInput {
  /** What the source is: for example repository, workflow and ref, or a tree hash. */
  readonly source: Readonly<Record<string, string>>;
  /** The build's arguments, without where it is pushed to. */
  readonly args: Readonly<Record<string, string>>;
  /** Per platform, the manifest digests of the bases in Dockerfile order. */
  readonly platforms: readonly { readonly platform: string; readonly bases: readonly Digest[] }[];
}

/**
 * Names a build by its input: SHA-256 over the RFC 8785 canonical JSON. A base that was rebuilt to the same manifest
 * changes no key below it; the order of `platforms` and of object members does not matter.
 */
export function buildKey(input: BuildKeyInput): Digest {
  const platforms = [...input.platforms].sort((left, right) => (left.platform < right.platform ? -1 : 1));
  const text = canonicalJson({
    v: 1,
    source: input.source,
    args: input.args,
    platforms: platforms.map(({ platform, bases }) => ({ platform, bases })),
  });
  return digestOf(new TextEncoder().encode(text));
}

/** The tag a finished build is found under until it is promoted: `bp-` and the first 32 hexadecimal digits of its key. */
export function stagingTag(key: Digest): string {
  return `bp-${key.slice("sha256:".length, "sha256:".length + 32)}`;
}
