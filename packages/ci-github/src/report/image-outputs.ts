import {
  BayplanError,
  createVersionScheme,
  formatRepository,
  isFullSha,
  parseDigest,
  parseRepository,
} from "@bayplan/core";

/** An image that was pushed. */
export interface PushedImage {
  /** `registry/repository`. */
  readonly repository: string;
  /** The commit it was built from, in full. */
  readonly sha: string;
  readonly digest: string;
  /** Absent for a build that is no release. */
  readonly version?: string;
  /** Whether `latest` was moved to it. Default `false`. */
  readonly isLatest?: boolean;
  /** Digits of the commit in the tag `sha-…`. Default 7. */
  readonly shortLength?: number;
}

/**
 * Outputs for the jobs that come after: `uri_sha`, `uri_latest` (empty if `latest` was not moved), `uri_digest`, `digest`,
 * `version`, `tag`, `is_prerelease` (`true`, `false`, or empty without a version). Build on `uri_digest`: it cannot move.
 *
 * @throws BayplanError `INVALID_REFERENCE`, `INVALID_DIGEST`, `INVALID_VERSION` or `INVALID_INPUT` for a part that is not one.
 */
export function imageOutputs(image: PushedImage): Readonly<Record<string, string>> {
  const { shortLength = 7, version } = image;
  const repository = formatRepository(parseRepository(image.repository));
  const digest = parseDigest(image.digest);
  if (!isFullSha(image.sha) || !Number.isInteger(shortLength) || shortLength < 7 || shortLength > 40) {
    throw new BayplanError(
      "INVALID_INPUT",
      "The commit of the image must be a full sha, its short form 7 to 40 digits.",
    );
  }
  const scheme = createVersionScheme("semver");
  const parsed = version === undefined ? undefined : scheme.parse(version);
  if (version !== undefined && parsed === undefined) {
    throw new BayplanError("INVALID_VERSION", `${JSON.stringify(version.slice(0, 100))} is no semantic version.`);
  }
  return {
    uri_sha: `${repository}:sha-${image.sha.toLowerCase().slice(0, shortLength)}`,
    uri_latest: image.isLatest === true ? `${repository}:latest` : "",
    uri_digest: `${repository}@${digest}`,
    digest,
    version: version ?? "",
    // "+" is not allowed in a tag.
    tag: (version ?? "").replaceAll("+", "_"),
    is_prerelease: parsed === undefined ? "" : String(!scheme.isStable(parsed)),
  };
}
