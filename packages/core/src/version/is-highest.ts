import { BayplanError } from "../errors.ts";
import type { Completeness } from "../ports/version-source.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import { isInLine, type Version, type VersionScheme } from "./version-scheme.ts";

/** What is published, and whether that is all of it. `undefined` means that it could not be learnt. */
export interface PublishedVersions extends Completeness {
  /** Tags as they stand; what is no version of the scheme is passed over. */
  readonly versions: readonly string[];
}

/**
 * Whether a version may be called the highest.
 *
 * - `highest`: no published one comes after it. Publishing the same version again changes nothing.
 * - `not-highest`: `higher` comes after it.
 * - `prerelease`: it is none of those that are compared.
 * - `unknown`: the list could not be read, or ended early, or is an old copy, and shows nothing higher.
 */
export type HighestVerdict =
  | { readonly state: "highest" }
  | { readonly state: "not-highest"; readonly higher: Version }
  | { readonly state: "prerelease" }
  | { readonly state: "unknown" };

/** How versions are read. */
export interface HighestOptions {
  /** A scheme or its name. Default `docker`. */
  readonly scheme?: VersionScheme | string;
}

/**
 * Whether a release is the highest of its variant and precision, so that `latest` may show it. Pre-releases neither are
 * the highest nor stand in the way.
 *
 * @throws BayplanError `INVALID_INPUT` when `version` is no version of the scheme.
 */
export function isHighest(
  version: string,
  published: PublishedVersions | undefined,
  options: HighestOptions = {},
): HighestVerdict {
  return judge(version, published, { ...options, line: undefined });
}

/**
 * The same among the releases that share a line with it, so that `3.14` may show it.
 *
 * @param options.line - Leading parts, for example `3.14`.
 * @throws BayplanError `INVALID_INPUT` when `version` is no version of the scheme, or not of that line.
 */
export function isHighestInLine(
  version: string,
  published: PublishedVersions | undefined,
  options: HighestOptions & { readonly line: string },
): HighestVerdict {
  return judge(version, published, options);
}

function judge(
  version: string,
  published: PublishedVersions | undefined,
  options: HighestOptions & { readonly line: string | undefined },
): HighestVerdict {
  const scheme = createVersionScheme(options.scheme ?? "docker");
  const own = readOwn(version, scheme, options.line);
  if (!scheme.isStable(own)) return { state: "prerelease" };
  if (published === undefined) return { state: "unknown" };
  let highest = own;
  for (const raw of published.versions) {
    const other = scheme.parse(raw);
    if (other === undefined || !isRival(other, own, scheme)) continue;
    if (options.line !== undefined && !isInLine(other, options.line)) continue;
    if (scheme.compare(other, highest) > 0) highest = other;
  }
  // What an incomplete list does show is there all the same.
  if (highest !== own) return { state: "not-highest", higher: highest };
  return { state: published.truncated || published.staleSince !== undefined ? "unknown" : "highest" };
}

function readOwn(version: string, scheme: VersionScheme, line: string | undefined): Version {
  const own = scheme.parse(version);
  if (own !== undefined && (line === undefined || isInLine(own, line))) return own;
  const problem =
    own === undefined ? `is not a version of the scheme ${scheme.name}` : `does not belong to the line ${line}`;
  throw new BayplanError("INVALID_INPUT", `"${version}" ${problem}, so it cannot be compared with what is published.`);
}

function isRival(other: Version, own: Version, scheme: VersionScheme): boolean {
  if (!scheme.isStable(other) || other.variant !== own.variant) return false;
  return isSameProduct(other.prefix, own.prefix) && other.release.length === own.release.length;
}

/** `v` is only a way of writing; another prefix names another thing. */
function isSameProduct(left = "", right = ""): boolean {
  const bare = (prefix: string) => (prefix.toLowerCase() === "v" ? "" : prefix);
  return bare(left) === bare(right);
}
