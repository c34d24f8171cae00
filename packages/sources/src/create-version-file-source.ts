import { parseVersionFile, type VersionFileFormat, type VersionScheme, type VersionSource } from "@bayplan/core";
import { readTextFile } from "./read-text-file.ts";
import { createVersionListing } from "./version-listing.ts";

/** Which file {@link createVersionFileSource} reads. */
export interface VersionFileSourceOptions {
  /** For example `VERSION`. */
  readonly path: string | URL;
  /** Where the version stands in it, as `parseVersionFile` of core says. Default `plain`: the file holds nothing else. */
  readonly format?: VersionFileFormat;
  /** What the version must be. Default: `pep440` where that can read it, otherwise `semver`. */
  readonly scheme?: VersionScheme | string;
  /** Default `file:<path>`. */
  readonly id?: string;
}

/**
 * The one version that a file holds, exactly as it stands there. It is read anew with each listing.
 *
 * Listing throws `NOT_FOUND` when there is no file, `UNAVAILABLE` when it cannot be read, `INVALID_INPUT` when it holds no
 * version or more than one, or `CANCELLED`: a file without a version is never an empty list.
 */
export function createVersionFileSource(options: VersionFileSourceOptions): VersionSource {
  const { path, format, scheme } = options;
  const how = {
    name: String(path),
    ...(format === undefined ? {} : { format }),
    ...(scheme === undefined ? {} : { scheme }),
  };
  return {
    id: options.id ?? `file:${how.name}`,
    list: (call = {}) =>
      createVersionListing(async function* () {
        yield [{ raw: parseVersionFile(await readTextFile(path, call), how).raw }];
        return { truncated: false };
      }),
  };
}
