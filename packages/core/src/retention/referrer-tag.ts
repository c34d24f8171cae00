import { type Digest, isDigest } from "../oci/digest.ts";

const pattern = /^(sha256|sha512)-([0-9a-f]+)(?:\.[A-Za-z0-9_.-]+)?$/;

/**
 * The digest that a tag is attached to: `sha256-<hex>` as the distribution specification has it, or with an ending such
 * as `.sig`, `.att` and `.sbom`, as cosign does. `undefined` for every other tag, `sha256-abc` included.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
export function subjectOfTag(tag: string): Digest | undefined {
  if (!tag.startsWith("sha")) return undefined;
  const [, algorithm, hex] = pattern.exec(tag) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}
