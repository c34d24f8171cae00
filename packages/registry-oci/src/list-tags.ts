import { createHash } from "node:crypto";
import { BayplanError, type CallOptions, formatRepository, type RepositoryName, throwIfCancelled } from "@bayplan/core";
import { nextPage } from "./next-page.ts";
import type { RegistryClient } from "./registry-client.ts";
import { readTagPage, type TagPage, type TagPageRequest } from "./tag-page.ts";

/** How far a listing goes. */
interface TagListingOptions extends CallOptions {
  /** Tags asked for per page; a registry may give fewer or ignore it. */
  readonly pageSize: number;
  /** More pages than this throw `RESPONSE_INVALID`. */
  readonly maxPages: number;
}

/**
 * The tags of a repository, page by page as they are consumed. A tag that stands on two pages in succession, as happens
 * when tags are added meanwhile, is given once; one that a registry repeats further apart is given again. Never more
 * than two pages are kept in memory.
 *
 * A listing ends where the registry names no next page, unless the page is exactly as long as was asked for: what
 * follows its last tag is asked for then. Whether a registry that gives the same page again has more is found out, and
 * if it cannot be, the listing ends with `INCOMPLETE`.
 *
 * @throws BayplanError `NOT_FOUND`; `INCOMPLETE` when a later page is gone or cannot be asked for; `RESPONSE_INVALID`
 * for pages that lead round in a circle, repeat each other or lead elsewhere.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function* listTags(
  client: RegistryClient,
  repository: RepositoryName,
  options: TagListingOptions,
): AsyncGenerator<string> {
  const doing = `Listing the tags of ${formatRepository(repository)}`;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const read = (page: TagPageRequest) => readTagPage(client, { repository, page, doing }, call);
  const visited = new Set<string>();
  let previous: ReadonlySet<string> = new Set();
  let request: TagPageRequest = { n: options.pageSize, isFirst: true };
  for (let pages = 1; ; pages += 1) {
    if (pages > options.maxPages) throw invalid(doing, `more than ${options.maxPages} pages`);
    const page: TagPage = await read(request);
    const current = new Set<string>();
    let isNew = false;
    for (const tag of page.tags) {
      throwIfCancelled(options.signal);
      if (current.has(tag)) continue;
      current.add(tag);
      if (previous.has(tag)) continue;
      isNew = true;
      yield tag;
    }
    const isRepeated = !isNew && current.size > 0 && current.size === previous.size;
    if (isRepeated && "url" in request) throw invalid(doing, "the same page again as the next one");
    visited.add(fingerprint(page.response.url));
    const url = nextPage(page.response, doing);
    if (url !== undefined) {
      if (visited.has(fingerprint(url.href))) throw invalid(doing, "pages that lead round in a circle");
      request = { url };
    } else {
      const last = page.tags.at(-1);
      if (last === undefined || page.tags.length !== page.asked) return;
      const before: string | undefined = "n" in request ? request.last : undefined;
      if (before !== undefined && (!isNew || last === before)) return await confirmComplete(read, page, doing);
      // The specification demands a `Link` where there is more; Nexus groups and others cut without one.
      request = { n: page.asked, last, isFirst: false };
    }
    previous = current;
  }
}

/**
 * The registry gave a full page, and the same again when asked for what follows. It ignores `last`; if it ignores `n`
 * as well, everything was in that page, which is as long as asked for by chance.
 */
async function confirmComplete(
  read: (page: TagPageRequest) => Promise<TagPage>,
  full: TagPage,
  doing: string,
): Promise<void> {
  const one = await read({ n: 1, isFirst: false });
  if (full.asked > 1 && one.tags.length > 1) return;
  throw new BayplanError(
    "INCOMPLETE",
    `${doing} failed: the registry gives ${full.asked} tags and no way to ask for the next ones. Set pageSize to more than it has.`,
  );
}

// Addresses may be long, and there may be as many as pages.
function fingerprint(url: string): string {
  return createHash("sha256").update(url).digest("base64url").slice(0, 22);
}

function invalid(doing: string, what: string): BayplanError {
  return new BayplanError("RESPONSE_INVALID", `${doing} failed: the registry gave ${what}. Ask its operator.`);
}
