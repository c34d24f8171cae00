import type { BuildKeyFormat, BuildKeyInput } from "../definition/build-key-format.ts";
import { canonicalJson } from "../oci/canonical-json.ts";
import { type Digest, digestOfText } from "../oci/digest.ts";
import { parseTag } from "../oci/tag.ts";

/**
 * Names a build by its input: SHA-256 over the RFC 8785 canonical JSON, or over the text of another format. A base that
 * was rebuilt to the same manifest changes no key below it; the order of `platforms` and of object members does not
 * matter.
 */
export function buildKey(input: BuildKeyInput, format: BuildKeyFormat = ownFormat): Digest {
  return digestOfText(format.serialise(input));
}

/**
 * The tag a finished build is found under until it is promoted: `bp-` and the first 32 hexadecimal digits of its key,
 * unless the format has a tag of its own.
 *
 * @throws BayplanError `INVALID_TAG` when the format gives something that is no tag.
 */
export function stagingTag(key: Digest, format: BuildKeyFormat = ownFormat): string {
  return format.stagingTag === undefined ? ownTag(key) : parseTag(format.stagingTag(key));
}

const ownFormat: BuildKeyFormat = {
  serialise(input) {
    const platforms = [...input.platforms].sort((left, right) => (left.platform < right.platform ? -1 : 1));
    return canonicalJson({
      v: 1,
      source: input.source,
      args: input.args,
      platforms: platforms.map(({ platform, bases }) => ({ platform, bases })),
    });
  },
};

function ownTag(key: Digest): string {
  return `bp-${key.slice("sha256:".length, "sha256:".length + 32)}`;
}
