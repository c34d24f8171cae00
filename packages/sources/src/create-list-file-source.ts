import { parseVersionList, type VersionScheme, type VersionSource } from "@bayplan/core";
import { readTextFile } from "./read-text-file.ts";
import { createVersionListing } from "./version-listing.ts";

/** Which file {@link createListFileSource} reads. */
export interface ListFileSourceOptions {
  /** For example `PYTHON_VERSIONS`. */
  readonly path: string | URL;
  /** What each line must be. Default `docker`, as `parseVersionList` of core says. */
  readonly scheme?: VersionScheme | string;
  /** Default `file:<path>`. */
  readonly id?: string;
}

/**
 * The versions of a file with one per line, in its order and as they stand there; blank lines and comments (`#`) are left
 * out. It is read anew with each listing.
 *
 * Listing throws `NOT_FOUND` when there is no file, `UNAVAILABLE` when it cannot be read, `INVALID_INPUT` when a line is no
 * version or there is none, or `CANCELLED`: an empty file is never an empty list.
 */
export function createListFileSource(options: ListFileSourceOptions): VersionSource {
  const { path, scheme } = options;
  const how = { name: String(path), ...(scheme === undefined ? {} : { scheme }) };
  return {
    id: options.id ?? `file:${how.name}`,
    list: (call = {}) =>
      createVersionListing(async function* () {
        yield parseVersionList(await readTextFile(path, call), how).map((raw) => ({ raw }));
        return { truncated: false };
      }),
  };
}
