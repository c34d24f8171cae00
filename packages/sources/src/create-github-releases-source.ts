import { BayplanError, type CallOptions, type VersionCandidate, type VersionSource } from "@bayplan/core";
import { errorFromResponse, type HttpResponse } from "@bayplan/runtime";
import { nextLink } from "./link-header.ts";
import { badOption, lazyHttpClient, parseAnswer, parseBaseUrl, readJson, type SourceTransport } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { GitHubReleasePage } from "./schema.ts";
import { type CandidatePages, createVersionListing } from "./version-listing.ts";

/** Which releases {@link createGitHubReleasesSource} lists, and how it reaches them. */
export interface GitHubReleasesSourceOptions extends SourceTransport {
  /** `owner/name` on GitHub. */
  readonly repository: string;
  /** Sent to the origin of `baseUrl` only. Without one GitHub allows 60 requests per hour and address. */
  readonly token?: string;
  /** The REST API. Default `https://api.github.com`; on GitHub Enterprise Server `https://<host>/api/v3`. */
  readonly baseUrl?: string;
  /** Default `github-releases:owner/name`. */
  readonly id?: string;
  /** Releases asked for per page. Default 100, the most that GitHub gives. */
  readonly pageSize?: number;
  /** More pages make the listing `truncated`. Default 10, where GitHub itself was seen to stop. */
  readonly maxPages?: number;
}

// Notes and assets of 100 releases may be long.
const maxBytes = 64 * 1024 * 1024;

/**
 * The releases of a repository on GitHub, newest created first, which is not the order of versions. Drafts are left
 * out; `raw` is the tag. The pre-release flag is the publisher's and often missing: the text may still say so.
 *
 * Listing throws `NOT_FOUND` (or the token cannot see it), `UNAUTHORIZED`, `DENIED`, `RATE_LIMITED`, `UNAVAILABLE`,
 * `RESPONSE_INVALID` or `CANCELLED`. It is `truncated` after `maxPages`, or where GitHub refuses a deeper page.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://docs.github.com/en/rest/releases/releases#list-releases
 */
export function createGitHubReleasesSource(options: GitHubReleasesSourceOptions): VersionSource {
  const { repository, token, pageSize = 100, maxPages = 10 } = options;
  if (!/^[\w-]{1,100}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(repository)) throw badOption("repository", "owner/name");
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw badOption("token", "a token without spaces, or left out");
  if (!Number.isSafeInteger(maxPages) || maxPages < 1) throw badOption("maxPages", "a whole number from 1");
  if (!Number.isSafeInteger(pageSize) || pageSize < 1 || pageSize > 100)
    throw badOption("pageSize", "a whole number from 1 to 100");
  const http = lazyHttpClient(options);
  const first = `${parseBaseUrl(options.baseUrl ?? "https://api.github.com")}/repos/${repository}/releases?per_page=${pageSize}`;
  const doing = `Listing the releases of ${repository}`;

  async function* read(call: CallOptions): CandidatePages {
    const visited = new Set<string>();
    for (let url: string | undefined = first; url !== undefined; ) {
      if (visited.size >= maxPages) return { truncated: true };
      visited.add(url);
      const response: HttpResponse = await http().request(
        {
          method: "GET",
          url,
          headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
          maxBytes,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        call,
      );
      // https://github.com/iree-org/iree/issues/16506: GitHub ends long lists this way.
      if (response.status === 422 && visited.size > 1) return { truncated: true };
      if (response.status !== 200) throw refusal(response, { doing, repository });
      yield toCandidates(response, { doing, page: visited.size });
      url = nextPage(response, { doing, first, visited });
    }
    return { truncated: false };
  }

  return {
    id: options.id ?? `github-releases:${repository}`,
    list: (call = {}) => createVersionListing(() => read(call)),
  };
}

function toCandidates(response: HttpResponse, { doing, page }: { doing: string; page: number }): VersionCandidate[] {
  const what = `${doing}, page ${page},`;
  const releases = parseAnswer(GitHubReleasePage, readJson(response, what), { doing: what });
  return releases.flatMap(({ tag_name, draft, prerelease, published_at }, index) => {
    if (draft === true) return [];
    const time = releasedAt(published_at, { doing: what, path: `[${index}].published_at` });
    return [{ raw: tag_name, ...time, ...(prerelease === undefined ? {} : { prerelease }) }];
  });
}

function nextPage(
  response: HttpResponse,
  { doing, first, visited }: { doing: string; first: string; visited: ReadonlySet<string> },
): string | undefined {
  const target = nextLink(response.headers.get("link"));
  if (target === undefined) return undefined;
  const next = URL.canParse(target, response.url) ? new URL(target, response.url) : undefined;
  const isUsable = next?.origin === new URL(first).origin && !visited.has(next.href);
  if (next !== undefined && isUsable) return next.href;
  throw new BayplanError(
    "RESPONSE_INVALID",
    `${doing} failed: the next page is at another origin or was read before. Check baseUrl and any proxy.`,
  );
}

function refusal(response: HttpResponse, { doing, repository }: { doing: string; repository: string }): BayplanError {
  if (response.status !== 404) return errorFromResponse(response, doing);
  const message = `${doing} failed: ${repository} does not exist, or the token cannot see it. A private one needs a token.`;
  return new BayplanError("NOT_FOUND", message, { status: 404 });
}
