import { BayplanError, type CallOptions, formatRepository, type RepositoryName, throwIfCancelled } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { parseJsonBody } from "./json-body.ts";
import { nextPage } from "./next-page.ts";
import { confirmAbsent, registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";
import { TagList } from "./schema.ts";

/** How far a listing goes. */
interface TagListingOptions extends CallOptions {
  /** Tags asked for per page; a registry may give fewer or ignore it. */
  readonly pageSize: number;
  /** More pages than this throw `RESPONSE_INVALID`. */
  readonly maxPages: number;
}

/**
 * The tags of a repository, page by page as they are consumed, each once.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function* listTags(
  client: RegistryClient,
  repository: RepositoryName,
  options: TagListingOptions,
): AsyncGenerator<string> {
  const doing = `Listing the tags of ${formatRepository(repository)}`;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const given = new Set<string>();
  const visited = new Set<string>();
  const common = { method: "GET", actions: "pull", headers: { accept: "application/json" } } as const;
  let request: { path: string } | { url: URL } = { path: `tags/list?n=${options.pageSize}` };
  for (let page = 1; ; page += 1) {
    if (page > options.maxPages) throw invalid(doing, `more than ${options.maxPages} pages`);
    const response: HttpResponse = await client.request(repository, { ...common, ...request }, call);
    for (const tag of tagsOf(response, { doing, isFirst: page === 1 })) {
      throwIfCancelled(options.signal);
      if (given.has(tag)) continue;
      given.add(tag);
      yield tag;
    }
    visited.add(response.url);
    const url = nextPage(response, doing);
    if (url === undefined) return;
    if (visited.has(url.href)) throw invalid(doing, "pages that lead round in a circle");
    request = { url };
  }
}

function tagsOf(response: HttpResponse, context: { doing: string; isFirst: boolean }): readonly string[] {
  const { doing } = context;
  if (response.status === 404) {
    confirmAbsent(response, doing);
    // Vanished half-way: what was listed so far must not pass for all there is.
    const [code, why] = context.isFirst
      ? (["NOT_FOUND", "there is no such repository"] as const)
      : (["INCOMPLETE", "a later page is gone"] as const);
    throw new BayplanError(code, `${doing} failed: ${why}.`, { status: 404 });
  }
  if (response.status !== 200) throw registryError(response, doing);
  const parsed = TagList.safeParse(parseJsonBody(response.body));
  if (!parsed.success) throw invalid(doing, "something that is not a list of tags");
  return parsed.data.tags ?? [];
}

function invalid(doing: string, what: string): BayplanError {
  return new BayplanError("RESPONSE_INVALID", `${doing} failed: the registry gave ${what}. Ask its operator.`);
}
