import { BayplanError, type Clock, instantToMs } from "@bayplan/core";
import { errorFromResponse, type HttpResponse, systemClock } from "@bayplan/runtime";
import type { HttpSourceOptions } from "./http-source-options.ts";
import { badOption, bearer, checkCount, parseBaseUrl } from "./read-json.ts";
import type { PageRequest, SourcePage } from "./source-page.ts";

/** What the sources of GitHub have in common. */
export interface GitHubSourceOptions extends HttpSourceOptions {
  /** `owner/name` on GitHub. */
  readonly repository: string;
  /** Sent to the origin of `baseUrl` only. Without one GitHub allows 60 requests per hour and address. */
  readonly token?: string;
  /** The REST API. Default `https://api.github.com`; on GitHub Enterprise Server `https://<host>/api/v3`. */
  readonly baseUrl?: string;
  /** Asked for per page. Default 100, the most that GitHub gives. */
  readonly pageSize?: number;
}

/** Options that were checked. */
export interface GitHubAccess {
  /** Address of the repository in the API. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization?: string;
  readonly pageSize: number;
}

/** Where the repository is and how it is asked. Throws `INVALID_INPUT` for options that cannot be used. */
export function gitHubAccess(options: GitHubSourceOptions): GitHubAccess {
  const { repository, pageSize = 100 } = options;
  if (!/^[\w-]{1,100}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(repository)) throw badOption("repository", "owner/name");
  return {
    address: `${parseBaseUrl(options.baseUrl ?? "https://api.github.com")}/repos/${repository}`,
    headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
    ...bearer(options.token),
    pageSize: checkCount("pageSize", pageSize, 100),
  };
}

/** What GitHub's refusals mean: 422 beyond the first page is the end of what it gives, not of what there is. */
export function gitHubRefusal(
  doing: string,
  { repository, clock = systemClock }: { readonly repository: string; readonly clock?: Clock },
): (response: HttpResponse, request: Pick<PageRequest, "number">) => SourcePage | BayplanError {
  return (response, { number }) => {
    // https://github.com/iree-org/iree/issues/16506: GitHub ends long lists this way.
    if (response.status === 422 && number > 1) return { rows: [], truncated: true };
    if (response.status !== 404) return errorFromResponse({ ...response, ...untilReset(response, clock) }, doing);
    const message = `${doing} failed: ${repository} does not exist, or the token cannot see it. A private one needs a token.`;
    return new BayplanError("NOT_FOUND", message, { status: 404 });
  };
}

// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
function untilReset(response: HttpResponse, clock: Clock): { retryAfterMs?: number } {
  const reset = response.headers.get("x-ratelimit-reset") ?? "";
  const isSpent = response.headers.get("x-ratelimit-remaining") === "0";
  if (response.retryAfterMs !== undefined || !isSpent || !/^\d{1,12}$/.test(reset)) return {};
  return { retryAfterMs: Math.max(0, Number(reset) * 1000 - instantToMs(clock.now())) };
}
