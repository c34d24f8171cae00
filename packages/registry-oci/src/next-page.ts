import { BayplanError } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";

const link = /<([^<>]*)>((?:[ \t]*;[ \t]*[\w*-]+(?:[ \t]*=[ \t]*(?:"[^"]*"|[^",;\s]*))?)*)/g;

const isNext = /;[ \t]*rel[ \t]*=[ \t]*(?:"(?:[^"]*[ \t])?next(?:[ \t][^"]*)?"|next(?=[;,\s]|$))/i;
const maxLength = 16_384;

/**
 * Where the `Link` header says the next page is; `undefined` on the last page. A list continues where it is: of an
 * address that names the same list under another path only the query is taken. Artifactory forgets the virtual
 * repository in it, Nexus adds the name of its own.
 *
 * @throws BayplanError `RESPONSE_INVALID` when it leads to another origin or cannot be read.
 * @see https://www.rfc-editor.org/rfc/rfc8288
 * @see https://github.com/renovatebot/renovate/pull/20745
 * @see https://github.com/sonatype/nexus-public/issues/1011
 */
export function nextPage(response: HttpResponse, doing: string): URL | undefined {
  const header = response.headers.get("link") ?? "";
  if (header.length > maxLength) throw unreadable(doing);
  for (const [, target, parameters] of header.matchAll(link)) {
    if (!isNext.test(parameters ?? "")) continue;
    const url = URL.canParse(target ?? "", response.url) ? new URL(target ?? "", response.url) : undefined;
    if (url !== undefined && url.origin === new URL(response.url).origin) return inSameList(url, response.url);
    throw new BayplanError(
      "RESPONSE_INVALID",
      `${doing} failed: the next page is said to be on another server, which was not asked. Ask the registry's operator.`,
    );
  }
  // It speaks of a next page and does not say where: that must not pass for the last one.
  if (isNext.test(header)) throw unreadable(doing);
  return undefined;
}

function unreadable(doing: string): BayplanError {
  return new BayplanError(
    "RESPONSE_INVALID",
    `${doing} failed: its Link header cannot be read. Ask the registry's operator.`,
  );
}

function inSameList(next: URL, current: string): URL {
  const { pathname } = new URL(current);
  if (next.pathname !== pathname && listOf(next.pathname) === listOf(pathname)) next.pathname = pathname;
  return next;
}

/** `tags/list`, `referrers/<digest>`. */
function listOf(pathname: string): string {
  return pathname.split("/").slice(-2).join("/");
}
