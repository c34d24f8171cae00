import { BayplanError } from "@bayplan/core";
import { errorFromResponse, type HttpResponse } from "@bayplan/runtime";
import { linkedNext } from "./http-page-reader.ts";
import type { HttpSourceOptions } from "./http-source-options.ts";
import { badOption, bearer, checkCount, parseBaseUrl } from "./read-json.ts";

/** What the sources of GitLab have in common. */
export interface GitLabSourceOptions extends HttpSourceOptions {
  /** Path of the project, for example `group/subgroup/name`, or its number. */
  readonly project: string;
  /** Sent to the origin of `baseUrl` only. Default none. */
  readonly token?: string;
  /** Default `https://gitlab.com`. */
  readonly baseUrl?: string;
  /** Asked for per page. Default 100, the most that GitLab gives. */
  readonly pageSize?: number;
  /** More pages make the listing `truncated`. Default 100. */
  readonly maxPages?: number;
}

/** Options that were checked. */
export interface GitLabAccess {
  /** Address of the project in the API. */
  readonly address: string;
  readonly authorization?: string;
  readonly pageSize: number;
  readonly maxPages: number;
}

/** Where the project is and how it is asked. Throws `INVALID_INPUT` for options that cannot be used. */
export function gitLabAccess(options: GitLabSourceOptions): GitLabAccess {
  const { project, baseUrl = "https://gitlab.com", pageSize = 100, maxPages = 100 } = options;
  if (!/^(?:\d{1,18}|[\w.-]{1,255}(?:\/[\w.-]{1,255}){1,20})$/.test(project))
    throw badOption("project", "group/name or a number");
  return {
    address: `${parseBaseUrl(baseUrl)}/api/v4/projects/${encodeURIComponent(project)}`,
    ...bearer(options.token),
    pageSize: checkCount("pageSize", pageSize, 100),
    maxPages: checkCount("maxPages", maxPages),
  };
}

/** The next page of an answer: by its `Link`, or by its number where a proxy dropped that. */
export function gitLabNext(response: HttpResponse, doing: string): { readonly next?: string } {
  const linked = linkedNext(response, doing);
  const number = response.headers.get("x-next-page")?.trim() ?? "";
  if (linked.next !== undefined || number === "") return linked;
  if (!/^\d{1,9}$/.test(number))
    throw new BayplanError("RESPONSE_INVALID", `${doing} failed: its X-Next-Page header is no number.`);
  const next = new URL(response.url);
  next.searchParams.set("page", number);
  return { next: next.href };
}

/** What GitLab's refusals mean. */
export function gitLabRefusal(doing: string, project: string): (response: HttpResponse) => BayplanError {
  return (response) => {
    if (response.status !== 404) return errorFromResponse(response, doing);
    const message = `${doing} failed: ${project} does not exist, or the token cannot see it. A private one needs a token.`;
    return new BayplanError("NOT_FOUND", message, { status: 404 });
  };
}
