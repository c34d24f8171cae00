import { BayplanError } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";

const link = /<([^<>]*)>((?:[ \t]*;[ \t]*[\w*-]+(?:=(?:"[^"]*"|[^",;\s]*))?)*)/g;

/**
 * Where the `Link` header says the next page is; `undefined` on the last page.
 *
 * @throws BayplanError `RESPONSE_INVALID` when it leads to another origin or cannot be read.
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function nextPage(response: HttpResponse, doing: string): URL | undefined {
  for (const [, target, parameters] of (response.headers.get("link") ?? "").slice(0, 16_384).matchAll(link)) {
    if (!/;[ \t]*rel[ \t]*=[ \t]*(?:"(?:[^"]*[ \t])?next(?:[ \t][^"]*)?"|next(?=[;\s]|$))/i.test(parameters ?? ""))
      continue;
    const url = URL.canParse(target ?? "", response.url) ? new URL(target ?? "", response.url) : undefined;
    if (url !== undefined && url.origin === new URL(response.url).origin) return url;
    throw new BayplanError(
      "RESPONSE_INVALID",
      `${doing} failed: the next page is said to be on another server, which was not asked. Ask the registry's operator.`,
    );
  }
  return undefined;
}
