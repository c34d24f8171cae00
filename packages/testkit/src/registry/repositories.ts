import { cutPage, nextLink } from "./page.ts";
import { jsonResponse } from "./refusal.ts";
import type { RegistryCall, RegistryContext } from "./registry-context.ts";

/**
 * GET of all repositories in lexical order, page by page like tags: an endpoint that registries took over from
 * docker-registry, not one of the OCI specification.
 *
 * @see https://distribution.github.io/distribution/spec/api/#catalog
 */
export async function listRepositories(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const page = cutPage(context.catalog.names(), call.url.searchParams, context.pageSize);
  return jsonResponse(200, { repositories: page.names }, nextLink(call.url.pathname, page));
}
