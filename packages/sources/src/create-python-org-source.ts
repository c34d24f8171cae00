import { BayplanError, type VersionSource } from "@bayplan/core";
import { errorFromResponse, type HttpResponse } from "@bayplan/runtime";
import { createPagedSource } from "./create-paged-source.ts";
import { createHttpPageReader, type ParsePage } from "./http-page-reader.ts";
import type { HttpSourceOptions } from "./http-source-options.ts";
import { lazyHttpClient, parseAnswer, parseBaseUrl, readJson } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { PythonRelease, PythonReleaseList } from "./schema.ts";
import type { SourcePage, SourceRow } from "./source-page.ts";

/** How {@link createPythonOrgSource} reaches python.org. */
export interface PythonOrgSourceOptions extends HttpSourceOptions {
  /** Default `https://www.python.org`. */
  readonly baseUrl?: string;
}

/**
 * The releases of CPython as python.org publishes them, in its own order (by name, so `3.10` comes before `3.9`).
 *
 * One request gives all. Anonymous callers have 100 requests per day and address, shared on hosted runners: a listing is
 * fresh for 15 minutes, and when `RATE_LIMITED` (with `retryAfterMs`) comes nevertheless, the last one stands in. Listing
 * throws that, `UNAVAILABLE`, `TIMEOUT`, `RESPONSE_INVALID` (a row that is not understood is never skipped) or `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for a `baseUrl` that is not a web address.
 * @see https://github.com/python/pythondotorg/blob/main/apps/downloads/api.py
 */
export function createPythonOrgSource(options: PythonOrgSourceOptions = {}): VersionSource {
  const base = parseBaseUrl(options.baseUrl ?? "https://www.python.org");
  const doing = `Listing the releases of ${new URL(base).host}`;
  return createPagedSource(
    {
      id: options.id ?? "python.org",
      doing,
      // With the trailing slash: without it Django answers with a redirect.
      first: `${base}/api/v2/downloads/release/?is_published=true`,
      maxPages: 100,
      freshForMs: 900_000,
      readPage: createHttpPageReader({
        http: lazyHttpClient(options),
        doing,
        headers: { accept: "application/json" },
        maxBytes: 32 * 1024 * 1024,
        parse: parsePage,
        refused: (response) => refusal(response, doing),
      }),
    },
    options,
  );
}

function parsePage(response: HttpResponse, { doing }: ParsePage): SourcePage {
  const { rows, next } = parseAnswer(PythonReleaseList, readJson(response, doing), { doing });
  return {
    rows: withStricterFlags(rows.flatMap((row, index) => toRow(row, { doing, path: `[${index}]` }))),
    ...(typeof next === "string" ? { next } : {}),
  };
}

function toRow(data: unknown, where: { doing: string; path: string }): SourceRow[] {
  const release = parseAnswer(PythonRelease, data, where);
  const time = releasedAt(release.release_date, { ...where, path: `${where.path}.release_date` });
  // The same list has the "Python install manager", whose versions are no Python versions.
  const raw = /^Python (\S+)$/.exec(release.name)?.[1];
  if (raw === undefined || release.is_published === false) return [];
  return [{ raw, ...time, ...(release.pre_release === undefined ? {} : { prerelease: release.pre_release }) }];
}

/** Where one version has several rows, a single pre-release flag is enough to make it one. */
function withStricterFlags(rows: readonly SourceRow[]): readonly SourceRow[] {
  const flagged = new Set(rows.filter(({ prerelease }) => prerelease).map(({ raw }) => raw));
  return rows.map((row) => ({ ...row, prerelease: flagged.has(row.raw) }));
}

function refusal(response: HttpResponse, doing: string): BayplanError {
  const error = errorFromResponse(response, doing);
  if (error.code !== "RATE_LIMITED" || error.retryAfterMs !== undefined) return error;
  // Where a proxy dropped the header, the sentence still says it.
  const seconds = /available in (\d{1,7}) seconds?/.exec(
    new TextDecoder().decode(response.body.subarray(0, 1024)),
  )?.[1];
  const asked = seconds === undefined ? {} : { retryAfterMs: Number(seconds) * 1000 };
  return new BayplanError("RATE_LIMITED", error.message, { status: response.status, ...asked });
}
