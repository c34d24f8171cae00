import type { CallOptions, VersionCandidate, VersionSource } from "@bayplan/core";
import { errorFromResponse } from "@bayplan/runtime";
import { lazyHttpClient, parseAnswer, parseBaseUrl, readJson, type SourceTransport } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { PythonRelease, PythonReleaseList } from "./schema.ts";
import { type CandidatePages, createVersionListing } from "./version-listing.ts";

/** How {@link createPythonOrgSource} reaches python.org. */
export interface PythonOrgSourceOptions extends SourceTransport {
  /** Default `https://www.python.org`. */
  readonly baseUrl?: string;
}

const maxBytes = 32 * 1024 * 1024;

/**
 * The releases of CPython as python.org publishes them, in its own order (by name, so `3.10` comes before `3.9`).
 *
 * One request gives all. Anonymous callers have 100 requests per day and address, shared on hosted runners: expect
 * `RATE_LIMITED` with `retryAfterMs`. Listing throws that, `UNAVAILABLE`, `RESPONSE_INVALID` (a row that is not
 * understood is never skipped) or `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for a `baseUrl` that is not a web address.
 * @see https://github.com/python/pythondotorg/blob/main/apps/downloads/api.py
 */
export function createPythonOrgSource(options: PythonOrgSourceOptions = {}): VersionSource {
  const http = lazyHttpClient(options);
  // With the trailing slash: without it Django answers with a redirect.
  const url = `${parseBaseUrl(options.baseUrl ?? "https://www.python.org")}/api/v2/downloads/release/?is_published=true`;
  const doing = `Listing the releases of ${new URL(url).host}`;

  async function* read(call: CallOptions): CandidatePages {
    const response = await http().request(
      { method: "GET", url, headers: { accept: "application/json" }, maxBytes },
      call,
    );
    if (response.status !== 200) throw errorFromResponse(response, doing);
    const { rows, hasMore } = parseAnswer(PythonReleaseList, readJson(response, doing), { doing });
    yield withStricterFlags(rows.flatMap((row, index) => toCandidate(row, { doing, path: `[${index}]` })));
    return { truncated: hasMore };
  }

  return { id: "python.org", list: (call = {}) => createVersionListing(() => read(call)) };
}

function toCandidate(row: unknown, where: { doing: string; path: string }): VersionCandidate[] {
  const release = parseAnswer(PythonRelease, row, where);
  const time = releasedAt(release.release_date, { ...where, path: `${where.path}.release_date` });
  // The same list has the "Python install manager", whose versions are no Python versions.
  const raw = /^Python (\S+)$/.exec(release.name)?.[1];
  if (raw === undefined || release.is_published === false) return [];
  return [{ raw, ...time, ...(release.pre_release === undefined ? {} : { prerelease: release.pre_release }) }];
}

/** Where one version has several rows, a single pre-release flag is enough to make it one. */
function withStricterFlags(candidates: readonly VersionCandidate[]): readonly VersionCandidate[] {
  const flagged = new Set(candidates.filter(({ prerelease }) => prerelease).map(({ raw }) => raw));
  return candidates.map((candidate) => ({ ...candidate, prerelease: flagged.has(candidate.raw) }));
}
