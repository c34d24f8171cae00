import { BayplanError, isBayplanError, type VersionCandidate, type VersionSource } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { createPagedSource } from "./create-paged-source.ts";
import { createHttpPageReader, type ParsePage, rightsOf } from "./http-page-reader.ts";
import { SourceRows } from "./kept-listing.ts";
import { badOption, checkCount, lazyHttpClient, parseAnswer, readJson, type SourceTransport } from "./read-json.ts";
import type { SourceCaching } from "./source-cache.ts";
import type { SourcePage } from "./source-page.ts";

/** One page as the caller of {@link createJsonSource} reads it. */
export interface JsonPage {
  readonly candidates: readonly VersionCandidate[];
  /** Address of the next page, relative or absolute, at the same origin. Absent on the last one. */
  readonly next?: string | undefined;
  /** The answer says that there is more than it gives. Default `false`. */
  readonly truncated?: boolean | undefined;
}

/** Which page it is. */
export interface JsonPageContext {
  /** From 1. */
  readonly number: number;
  /** Where the answer came from. */
  readonly url: string;
  /** A header of the answer, by its lower-case name. */
  header(name: string): string | undefined;
}

/** What {@link createJsonSource} asks, and how its answer is read. */
export interface JsonSourceOptions extends SourceTransport, SourceCaching {
  /** Names the source in plans and reports, and, with `url`, its listings in a cache. */
  readonly id: string;
  /** https, or http to this computer. */
  readonly url: string;
  /** Sent with every page. Default `accept: application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Value of the `Authorization` header, sent to the origin of `url` only. Default none. */
  readonly authorization?: string;
  /** Longest page in bytes. Default 64 MiB. */
  readonly maxBytes?: number;
  /** More pages make the listing `truncated`. Default 100. */
  readonly maxPages?: number;
  /**
   * Reads one answer. It is `unknown`, since nobody checked it: what the callback throws is `RESPONSE_INVALID`. What it
   * returns is checked.
   */
  readonly read: (data: unknown, page: JsonPageContext) => JsonPage;
}

/**
 * A source over any JSON that an HTTP server gives.
 *
 * Listing throws what the status means, or `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT`, `RESPONSE_INVALID` or `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 */
export function createJsonSource(options: JsonSourceOptions): VersionSource {
  const { id, url, authorization, maxPages = 100, maxBytes } = options;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw badOption("url", "a web address");
  const doing = `Listing the versions of ${id}`;
  return createPagedSource(
    {
      id,
      doing,
      first: url,
      maxPages: checkCount("maxPages", maxPages),
      ...rightsOf(JSON.stringify([authorization, options.headers])),
      readPage: createHttpPageReader({
        http: lazyHttpClient(options),
        doing,
        headers: { accept: "application/json", ...options.headers },
        ...(authorization === undefined ? {} : { authorization }),
        ...(maxBytes === undefined ? {} : { maxBytes: checkCount("maxBytes", maxBytes) }),
        parse: (response, page) => toPage(response, { ...page, read: options.read }),
      }),
    },
    options,
  );
}

function toPage(
  response: HttpResponse,
  page: ParsePage & Pick<JsonSourceOptions, "read">,
): SourcePage & { mayGrow: boolean } {
  const { doing, number, read } = page;
  const data = readJson(response, doing);
  let asksHeaders = false;
  const context: JsonPageContext = {
    number,
    url: response.url,
    header(name) {
      asksHeaders = true;
      return response.headers.get(name.toLowerCase());
    },
  };
  const { candidates, next, truncated } = guarded(() => read(data, context), doing);
  return {
    rows: parseAnswer(SourceRows, candidates, { doing, path: "candidates" }),
    ...(next === undefined ? {} : { next }),
    ...(truncated === true ? { truncated } : {}),
    // Where headers tell of the next page, one may come while the body stays the same.
    mayGrow: asksHeaders && next === undefined,
  };
}

function guarded(read: () => JsonPage, doing: string): JsonPage {
  try {
    return read();
  } catch (error) {
    if (isBayplanError(error)) throw error;
    const message = `${doing} failed: the answer is not what its reader expects. See the cause.`;
    throw new BayplanError("RESPONSE_INVALID", message, { cause: error });
  }
}
