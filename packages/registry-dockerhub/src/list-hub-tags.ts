import { BayplanError, type CallOptions, type Clock, formatRepository, type RepositoryName } from "@bayplan/core";
import type { z } from "zod";
import { type HubApi, parseJson } from "./hub-api.ts";
import { hubError } from "./hub-error.ts";
import { hubApiOrigin, hubRepository } from "./hub-repository.ts";
import { HubTagPage } from "./schema.ts";

/** A tag as the Hub API lists it: when it was pushed and last pulled, and mostly what it shows. */
export type HubTag = z.infer<typeof HubTagPage>["results"][number];

/** The Hub API and what its errors are told by. */
export interface HubListing {
  readonly api: HubApi;
  readonly clock: Clock;
}

const pageSize = 100;
const maxPages = 2_000;

/**
 * The tags of a repository, 100 a page, the last pushed first. Ends only when everything was given: tags that move
 * between pages while they are read make it `INCOMPLETE`. Nothing at all does not mean that the repository is empty.
 *
 * @throws BayplanError `NOT_FOUND` for what does not exist or is not shown, `INCOMPLETE`, `RESPONSE_INVALID`.
 * @see https://docs.docker.com/reference/api/hub/latest/#tag/repositories/operation/ListRepositoryTags
 */
export async function* listHubTags(
  { api, clock }: HubListing,
  repository: RepositoryName,
  options: CallOptions,
): AsyncGenerator<readonly HubTag[]> {
  const { namespace, name } = hubRepository(repository);
  const doing = `Listing the tags of ${formatRepository(repository)} at hub.docker.com`;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const seen = new Set<string>();
  let promised: number | undefined;
  for (let page = 1; page <= maxPages; page += 1) {
    const path = `/v2/namespaces/${namespace}/repositories/${name}/tags?page=${page}&page_size=${pageSize}`;
    const response = await api.request({ method: "GET", path }, call);
    if (response.status === 404 && page > 1) throw incomplete(doing, `page ${page} is gone`);
    if (response.status !== 200) throw hubError(response, doing, clock);
    const parsed = HubTagPage.safeParse(parseJson(new TextDecoder().decode(response.body)));
    if (!parsed.success) throw invalid(doing, "something that is no list of tags");
    const { count, next, results } = parsed.data;
    // The pages are numbered: a tag that is deleted meanwhile lets another one slip onto a page that was read.
    promised ??= count;
    if (count !== promised) throw incomplete(doing, `there were ${promised} tags at first, and ${count} now`);
    const fresh = results.filter((tag) => !seen.has(tag.name));
    for (const tag of fresh) seen.add(tag.name);
    yield fresh;
    if (next === null || next === undefined || next === "") {
      // And one that is pushed again meanwhile moves to the first of them.
      if (seen.size < count) throw incomplete(doing, `${seen.size} tags came of ${count}`);
      return;
    }
    checkNext(next, page, doing);
  }
  throw invalid(doing, `more than ${maxPages} pages`);
}

// Of the address only the number is used: where to ask, and with whose token, is not the server's to say.
function checkNext(next: string, page: number, doing: string): void {
  const url = URL.canParse(next, hubApiOrigin) ? new URL(next, hubApiOrigin) : undefined;
  if (url?.origin !== hubApiOrigin) throw invalid(doing, "a next page on another server, which was not asked");
  if (url.searchParams.get("page") !== String(page + 1)) throw invalid(doing, `a next page that is not ${page + 1}`);
}

function incomplete(doing: string, what: string): BayplanError {
  return new BayplanError("INCOMPLETE", `${doing} ended early: ${what}. Nothing can be concluded from it; try again.`);
}

function invalid(doing: string, what: string): BayplanError {
  return new BayplanError("RESPONSE_INVALID", `${doing} failed: Docker Hub gave ${what}. Check any proxy in between.`);
}
