import { dockerScheme } from "./docker-scheme.ts";
import { unversionedClass } from "./unversioned-class.ts";

/**
 * What a tag names.
 *
 * - `digest`: a digest, or a signature or attestation stored under one (`sha256-….sig`). `hash`: a commit, `sha-0a1b2c3`.
 * - `date`: a day or a moment. `moving`: something else tomorrow, `latest`, `main`, `slim`.
 * - `version`: numbers that name a release, or a line of releases (`3.14`): how many there are tells which.
 */
export type TagClass = "digest" | "hash" | "date" | "moving" | "version" | "other";

/**
 * What a tag names, as far as its text tells. Seven digits may be a number or a commit: they count as a hash, because a
 * hash taken for a version outranks every version. A scheme that expects such texts (`numeric`, `calver`) reads them all the same.
 */
export function classifyTag(tag: string): TagClass {
  return unversionedClass(tag) ?? (dockerScheme.parse(tag) === undefined ? "other" : "version");
}
