import { cutPage, nextLink } from "./page.ts";
import { jsonResponse } from "./refusal.ts";
import { existing, type RegistryCall, type RegistryContext } from "./registry-context.ts";

/**
 * GET of the tags in lexical order, one page at a time, the next page behind a relative Link.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function listTags(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const { tags } = existing(context, call.repository);
  const page = cutPage(tags.keys(), call.url.searchParams, context.pageSize);
  return jsonResponse(200, { name: call.repository, tags: page.names }, nextLink(call.url.pathname, page));
}
