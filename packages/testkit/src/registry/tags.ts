import { jsonResponse, refusal } from "./refusal.ts";
import { existing, type RegistryCall, type RegistryContext } from "./registry-context.ts";

/**
 * GET of the tags in lexical order, one page at a time, the next page behind a relative Link.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function listTags(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const { tags } = existing(context, call.repository);
  const asked = parseCount(call.url.searchParams.get("n")) ?? context.pageSize;
  const count = Math.min(asked, context.pageSize);
  const last = call.url.searchParams.get("last");
  const rest = [...tags.keys()].sort().filter((tag) => last === null || tag > last);
  const page = rest.slice(0, count);
  const end = page.at(-1);
  const next =
    end === undefined || page.length === rest.length ? undefined : `n=${asked}&last=${encodeURIComponent(end)}`;
  const link = next === undefined ? {} : { link: `</v2/${call.repository}/tags/list?${next}>; rel="next"` };
  return jsonResponse(200, { name: call.repository, tags: page }, link);
}

function parseCount(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw refusal(400, { code: "PAGINATION_NUMBER_INVALID", message: "invalid number of results requested" });
}
