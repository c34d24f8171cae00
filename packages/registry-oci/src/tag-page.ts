import { BayplanError, type CallOptions, type RepositoryName } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { parseJsonBody } from "./json-body.ts";
import { confirmAbsent, ociErrorCodes, registryError } from "./oci-errors.ts";
import type { RegistryClient } from "./registry-client.ts";
import { TagList } from "./schema.ts";

/** One page of tags and the answer that it came in. */
export interface TagPage {
  readonly tags: readonly string[];
  readonly response: HttpResponse;
  /** How many were asked for, where we chose it. */
  readonly asked: number;
}

/** Which page: the one after a tag, by our own counting, or the one that the registry named. */
export type TagPageRequest =
  | { readonly n: number; readonly last?: string; readonly isFirst: boolean }
  | { readonly url: URL };

// docker-registry 2.8 and others ignore `n` and give everything at once: half a million long tags, two million short ones.
const maxPageBytes = 64 * 1024 * 1024;
// Every registry allows as many.
const modestPageSize = 100;

/**
 * One page of the tags of a repository; pages of more than 64 MiB are refused. A registry that refuses so many at once
 * is asked once more for as many as it allows.
 */
export async function readTagPage(
  client: RegistryClient,
  place: { readonly repository: RepositoryName; readonly page: TagPageRequest; readonly doing: string },
  options: CallOptions,
): Promise<TagPage> {
  const { repository, page, doing } = place;
  const ask = (at: { path: string } | { url: URL }): Promise<HttpResponse> => {
    const common = { method: "GET", actions: "pull", headers: { accept: "application/json" } } as const;
    return client.request(repository, { ...common, maxBytes: maxPageBytes, ...at }, options);
  };
  if ("url" in page) {
    const response = await ask(page);
    return { tags: tagsOf(response, { doing, isFirst: false }), response, asked: Number.NaN };
  }
  const { isFirst, last } = page;
  const after = last === undefined ? "" : `&last=${encodeURIComponent(last)}`;
  let asked = page.n;
  let response = await ask({ path: `tags/list?n=${asked}${after}` });
  const allowed = allowedPageSize(response, asked);
  if (allowed !== undefined) {
    asked = allowed;
    response = await ask({ path: `tags/list?n=${asked}${after}` });
  }
  return { tags: tagsOf(response, { doing, isFirst }), response, asked };
}

/**
 * How many tags the registry allows at once, if that is why it refuses: ECR answers 405 and names the limit, distribution
 * 3 has a code for it (400) and names none.
 *
 * @see https://github.com/google/go-containerregistry/issues/681
 */
function allowedPageSize(response: HttpResponse, asked: number): number | undefined {
  if (response.status !== 400 && response.status !== 405) return undefined;
  const text = new TextDecoder().decode(response.body.subarray(0, 4096));
  const limit = Number(/less than or equal to (\d{1,6})\b/.exec(text)?.[1] ?? 0);
  if (limit > 0 && limit < asked) return limit;
  const isTooMany = ociErrorCodes(response.body)?.includes("PAGINATION_NUMBER_INVALID") ?? false;
  return isTooMany && asked > modestPageSize ? modestPageSize : undefined;
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
  if (parsed.success) return parsed.data.tags ?? [];
  const what = "the registry gave something that is not a list of tags";
  throw new BayplanError("RESPONSE_INVALID", `${doing} failed: ${what}. Ask its operator.`);
}
