import type { VersionSource } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { createPagedSource } from "./create-paged-source.ts";
import { type GitHubSourceOptions, gitHubAccess, gitHubRefusal } from "./github-api.ts";
import { createHttpPageReader, linkedNext, type ParsePage, rightsOf } from "./http-page-reader.ts";
import { checkCount, lazyHttpClient, parseAnswer, readJson } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { GitHubReleasePage } from "./schema.ts";
import type { SourceRow } from "./source-page.ts";

/** Which releases {@link createGitHubReleasesSource} lists, and how it reaches them. */
export interface GitHubReleasesSourceOptions extends GitHubSourceOptions {
  /** Default `github-releases:owner/name`. */
  readonly id?: string;
  /** More pages make the listing `truncated`. Default 10, where GitHub itself was seen to stop. */
  readonly maxPages?: number;
}

/**
 * The releases of a repository on GitHub, newest created first, which is not the order of versions. Drafts are left
 * out; `raw` is the tag. The pre-release flag is the publisher's and often missing: the text may still say so.
 *
 * Listing throws `NOT_FOUND` (or the token cannot see it), `UNAUTHORIZED`, `DENIED`, `RATE_LIMITED`, `UNAVAILABLE`,
 * `TIMEOUT`, `RESPONSE_INVALID` or `CANCELLED`. It is `truncated` after `maxPages`, or where GitHub refuses a deeper page.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://docs.github.com/en/rest/releases/releases#list-releases
 */
export function createGitHubReleasesSource(options: GitHubReleasesSourceOptions): VersionSource {
  const { repository, maxPages = 10 } = options;
  const { address, headers, authorization, pageSize } = gitHubAccess(options);
  const doing = `Listing the releases of ${repository}`;
  return createPagedSource(
    {
      id: options.id ?? `github-releases:${repository}`,
      doing,
      first: `${address}/releases?per_page=${pageSize}`,
      maxPages: checkCount("maxPages", maxPages),
      ...rightsOf(authorization),
      readPage: createHttpPageReader({
        http: lazyHttpClient(options),
        doing,
        headers,
        ...(authorization === undefined ? {} : { authorization }),
        parse(response, page) {
          const { count, rows } = parseRows(response, page);
          return { rows, ...linkedNext(response, page.doing), mayGrow: count >= pageSize };
        },
        refused: gitHubRefusal(doing, options),
      }),
    },
    options,
  );
}

function parseRows(response: HttpResponse, { doing }: ParsePage): { count: number; rows: readonly SourceRow[] } {
  const releases = parseAnswer(GitHubReleasePage, readJson(response, doing), { doing });
  const rows = releases.flatMap(({ tag_name, draft, prerelease, published_at }, index) => {
    if (draft === true) return [];
    const time = releasedAt(published_at, { doing, path: `[${index}].published_at` });
    return [{ raw: tag_name, ...time, ...(prerelease === undefined ? {} : { prerelease }) }];
  });
  return { count: releases.length, rows };
}
