import { createHash } from "node:crypto";
import { BayplanError, type CallOptions } from "@bayplan/core";
import { errorFromResponse, type HttpClient, type HttpResponse } from "@bayplan/runtime";
import { nextLink } from "./link-header.ts";
import type { PageRequest, ReadPage, SourcePage } from "./source-page.ts";

/** How the pages of an API are asked for and read. */
export interface HttpPages {
  readonly http: () => HttpClient;
  readonly doing: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the origin of the first page only. */
  readonly authorization?: string;
  /** Longest page. Default 64 MiB. */
  readonly maxBytes?: number;
  /**
   * What stands on a page that was answered with 200. Its `next` is what the server wrote, relative or absolute.
   * `mayGrow`: the page is full, so that a next one may appear while it stays the same; no validator is used for it.
   */
  readonly parse: (
    response: HttpResponse,
    page: ParsePage,
  ) => (SourcePage & ParsedPage) | Promise<SourcePage & ParsedPage>;
  /** What another status means: a page, where it is none of a failure, or the error. Default `errorFromResponse`. */
  readonly refused?: (
    response: HttpResponse,
    request: PageRequest,
    call: CallOptions,
  ) => SourcePage | BayplanError | Promise<SourcePage | BayplanError>;
}

/** What is read, for messages. */
export interface ParsePage extends CallOptions {
  readonly doing: string;
  readonly number: number;
}

interface ParsedPage {
  readonly mayGrow?: boolean;
}

const defaultMaxBytes = 64 * 1024 * 1024;

/** Reads pages over HTTP, those that were kept with their validator. */
export function createHttpPageReader(pages: HttpPages): ReadPage {
  return async (request, call) => {
    const { url, number, known } = request;
    const response = await pages.http().request(
      {
        method: "GET",
        url,
        headers: { ...pages.headers, ...(known?.etag === undefined ? {} : { "if-none-match": known.etag }) },
        maxBytes: pages.maxBytes ?? defaultMaxBytes,
        ...(pages.authorization === undefined ? {} : { authorization: pages.authorization }),
      },
      call,
    );
    if (response.status === 304 && known?.etag !== undefined) return known;
    if (response.status !== 200) {
      const outcome = await (pages.refused ?? refusal(pages.doing))(response, request, call);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    }
    const doing = number === 1 ? pages.doing : `${pages.doing}, page ${number},`;
    const { mayGrow, next, ...page } = await pages.parse(response, { doing, number, ...call });
    return { ...page, ...absolute(next, response.url), ...(mayGrow === true ? {} : validator(response)) };
  };
}

/**
 * Where the `Link` header says the next page is, for `SourcePage.next`; nothing on the last page.
 *
 * @throws BayplanError `RESPONSE_INVALID` when it speaks of a next page and does not say where.
 */
export function linkedNext(response: HttpResponse, doing: string): { readonly next?: string } {
  const header = response.headers.get("link");
  const next = nextLink(header);
  if (next !== undefined) return { next };
  // Such a page must not pass for the last one.
  if (header === undefined || !/\brel\s*=\s*"?[^",;]*\bnext\b/i.test(header)) return {};
  throw new BayplanError(
    "RESPONSE_INVALID",
    `${doing} failed: its Link header cannot be read. Check baseUrl and any proxy.`,
  );
}

/** Tells tokens apart where they must not be shown. */
export function rightsOf(authorization: string | undefined): { readonly keyedBy?: string } {
  if (authorization === undefined) return {};
  return { keyedBy: createHash("sha256").update(authorization).digest("hex").slice(0, 32) };
}

function refusal(doing: string): (response: HttpResponse) => BayplanError {
  return (response) => errorFromResponse(response, doing);
}

function absolute(next: string | undefined, base: string): { next?: string } {
  if (next === undefined) return {};
  return { next: URL.canParse(next, base) ? new URL(next, base).href : next };
}

function validator(response: HttpResponse): { etag?: string } {
  const etag = response.headers.get("etag");
  return etag !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]{0,256}"$/.test(etag) ? { etag } : {};
}
