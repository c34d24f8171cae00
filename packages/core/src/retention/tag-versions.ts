import { createVersionScheme, type SchemeConfig } from "../version/create-version-scheme.ts";
import type { Version, VersionScheme } from "../version/version-scheme.ts";

/** A tag that was read as a version. */
export interface TagVersion {
  readonly version: Version;
  readonly isStable: boolean;
}

/** Tags read as versions, each once. */
export interface TagVersions {
  readonly scheme: VersionScheme;
  /** `undefined` when the tag is no version. */
  of(tag: string): TagVersion | undefined;
  satisfies(version: Version, range: string): boolean;
}

/** Reads tags by a scheme; the default is `docker`. */
export function createTagVersions(config: string | SchemeConfig | VersionScheme = "docker"): TagVersions {
  const scheme = createVersionScheme(config);
  const known = new Map<string, TagVersion | undefined>();
  return {
    scheme,
    of(tag) {
      if (known.has(tag)) return known.get(tag);
      const version = scheme.parse(tag);
      const read = version === undefined ? undefined : { version, isStable: scheme.isStable(version) };
      known.set(tag, read);
      return read;
    },
    // Who names pre-releases means them: whether they belong is said by `versions`.
    satisfies: (version, range) => scheme.satisfies(version, range, { prereleases: true }),
  };
}
