import type { BuildKeyFormat, BuildKeyInput } from "../definition/build-key-format.ts";
import { canonicalText, canonicalTexts } from "../oci/canonical-texts.ts";
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
  // The canonical JSON of `{ args, platforms, source, v: 1 }`, put together from its parts: a family has thousands of
  // keys, and one look at each value takes a third of what a whole document does.
  serialise({ args, platforms, source }) {
    const sorted = platforms.length > 1 ? [...platforms].sort(byPlatform) : platforms;
    return `{"args":${canonicalTexts(args)},"platforms":[${sorted.map(platformText).join()}],"source":${canonicalTexts(source)},"v":1}`;
  },
};

type KeyPlatform = BuildKeyInput["platforms"][number];

function byPlatform(left: KeyPlatform, right: KeyPlatform): number {
  return left.platform < right.platform ? -1 : 1;
}

function platformText({ bases, platform }: KeyPlatform): string {
  return `{"bases":[${bases.map(canonicalText).join()}],"platform":${canonicalText(platform)}}`;
}

function ownTag(key: Digest): string {
  return `bp-${key.slice("sha256:".length, "sha256:".length + 32)}`;
}
