import { comparePlain, satisfiesPlain } from "./plain-order.ts";
import { readTail } from "./read-tail.ts";
import { releasePart } from "./release-part.ts";
import { unversionedClass } from "./unversioned-class.ts";
import type { VersionScheme } from "./version-scheme.ts";

// A prefix is `v`, a word with a separator (`python-`, `release-v`) or a word that touches the number (`go1.21`).
const pattern = /^((?:(?!v\d+[-_])[a-z][a-z0-9]*[-_]|[a-z]+\.)*v?|[a-z]+)(\d{1,18}(?:\.\d{1,18}){0,7})(?![\d])(.*)$/i;
const maxLength = 256;

/**
 * Tags of images as they are found: a prefix, numbers, known words for pre-releases, and the rest as the variant:
 * `v1.2.3-rc1`, `3.14.3t-slim`, `1.2.3-alpine3.19`, `python-17.3-lts-ml`. Hashes, dates and names are none.
 */
export const dockerScheme: VersionScheme = {
  name: "docker",
  precision: "longest",
  parse(raw) {
    if (raw.length > maxLength || /\s/.test(raw) || unversionedClass(raw) !== undefined) return undefined;
    const [, prefix = "", numbers, rest = ""] = pattern.exec(raw) ?? [];
    if (numbers === undefined) return undefined;
    const tail = readTail(rest);
    if (tail === undefined) return undefined;
    const release = numbers.split(".").map(releasePart);
    return { raw, release, ...tail, ...(prefix === "" ? {} : { prefix }) };
  },
  compare: comparePlain,
  isStable: (version) => version.prerelease.length === 0,
  satisfies: (version, range) => satisfiesPlain(version, range, dockerScheme),
};
