import { BayplanError, type VersionSource } from "@bayplan/core";
import { errorFromResponse, type HttpResponse } from "@bayplan/runtime";
import type { z } from "zod";
import { createPagedSource } from "./create-paged-source.ts";
import { createHttpPageReader } from "./http-page-reader.ts";
import type { HttpSourceOptions } from "./http-source-options.ts";
import { badOption, lazyHttpClient, parseAnswer, parseBaseUrl, readJson } from "./read-json.ts";
import { readTime, releasedAt } from "./released-at.ts";
import { EndOfLifeProduct } from "./schema.ts";
import type { SourceRow } from "./source-page.ts";

/** What {@link createEndOfLifeSource} lists, and how it reaches endoflife.date. */
export interface EndOfLifeSourceOptions extends HttpSourceOptions {
  /** Name or alias of the product there, for example `python`. */
  readonly product: string;
  /**
   * `patches`: the newest release of each cycle with its own date, the cycle's name where none is known. `cycles`: the
   * cycles, for example `3.14`, with the date on which each began. Default `patches`.
   */
  readonly list?: "patches" | "cycles";
  /** Default `https://endoflife.date`. */
  readonly baseUrl?: string;
  /** Default `endoflife.date:<product>`. */
  readonly id?: string;
}

type Cycle = z.infer<typeof EndOfLifeProduct>["result"]["releases"][number];

/**
 * The cycles of a product on endoflife.date (API v1), or the newest release of each. The site is kept by a community and
 * lags by hours to days; it has no pre-releases and no older patches, so that a version which it lacks may well exist.
 * `endOfLife` and `lts` are what its dates say on the clock's day, since long-term support may be announced for later.
 *
 * Listing throws `NOT_FOUND` for an unknown product, `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT`, `RESPONSE_INVALID` or
 * `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://endoflife.date/docs/api/v1/
 */
export function createEndOfLifeSource(options: EndOfLifeSourceOptions): VersionSource {
  const { product, list = "patches" } = options;
  if (!/^[a-z0-9][a-z0-9._+-]{0,99}$/i.test(product))
    throw badOption("product", "the name of a product, such as python");
  const base = parseBaseUrl(options.baseUrl ?? "https://endoflife.date");
  const doing = `Listing ${list} of ${product} on ${new URL(base).host}`;
  return createPagedSource(
    {
      id: options.id ?? `endoflife.date:${product}`,
      doing,
      // With the trailing slash, and without following what the site redirects otherwise.
      first: `${base}/api/v1/products/${product}/`,
      maxPages: 1,
      keyedBy: list,
      readPage: createHttpPageReader({
        http: lazyHttpClient(options),
        doing,
        headers: { accept: "application/json" },
        parse(response) {
          const { result } = parseAnswer(EndOfLifeProduct, readJson(response, doing), { doing });
          return {
            rows: result.releases.map((cycle, index) => toRow(cycle, { list, doing, path: `releases[${index}]` })),
          };
        },
        refused: (response) => refusal(response, { doing, product }),
      }),
    },
    options,
  );
}

function toRow(
  cycle: Cycle,
  { list, ...where }: { list: "patches" | "cycles"; doing: string; path: string },
): SourceRow {
  const at = (member: string) => ({ ...where, path: `${where.path}.${member}` });
  const patch = list === "patches" ? cycle.latest : undefined;
  const time =
    patch == null ? releasedAt(cycle.releaseDate, at("releaseDate")) : releasedAt(patch.date, at("latest.date"));
  return {
    raw: patch?.name ?? cycle.name,
    ...time,
    ...(cycle.isDiscontinued === undefined ? {} : { deprecated: cycle.isDiscontinued }),
    ...(cycle.eolFrom == null
      ? optional("endOfLife", cycle.isEol)
      : { endOfLifeFrom: readTime(cycle.eolFrom, at("eolFrom")) }),
    ...(cycle.ltsFrom == null ? optional("lts", cycle.isLts) : { ltsFrom: readTime(cycle.ltsFrom, at("ltsFrom")) }),
  };
}

function optional<Name extends string>(name: Name, value: boolean | undefined): { [Key in Name]?: boolean } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: boolean });
}

function refusal(response: HttpResponse, { doing, product }: { doing: string; product: string }): BayplanError {
  if (response.status !== 404) return errorFromResponse(response, doing);
  // The body is a page of HTML, which says nothing.
  return new BayplanError("NOT_FOUND", `${doing} failed: there is no product ${product}. Check its name.`, {
    status: 404,
  });
}
