import type { VersionSource } from "@bayplan/core";
import { createPagedSource } from "./create-paged-source.ts";
import { createHttpPageReader } from "./http-page-reader.ts";
import type { HttpSourceOptions } from "./http-source-options.ts";
import { lazyHttpClient, parseAnswer, parseBaseUrl, readJson } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { NodeReleaseList } from "./schema.ts";

/** How {@link createNodeSource} reaches nodejs.org. */
export interface NodeSourceOptions extends HttpSourceOptions {
  /**
   * The folder that has `index.json`. Default `https://nodejs.org/dist`; release candidates are in
   * `https://nodejs.org/download/rc`.
   */
  readonly baseUrl?: string;
}

/**
 * The releases of Node.js, newest first, as `v22.11.0`. `lts` is what nodejs.org says of each release: within one line,
 * those from before it became LTS have `false`. Dates are days; the day's beginning is taken. One request gives all.
 *
 * Listing throws `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT`, `RESPONSE_INVALID` or `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://github.com/nodejs/nodejs-dist-indexer
 */
export function createNodeSource(options: NodeSourceOptions = {}): VersionSource {
  const base = parseBaseUrl(options.baseUrl ?? "https://nodejs.org/dist");
  const doing = `Listing the releases of ${new URL(base).host}`;
  return createPagedSource(
    {
      id: options.id ?? "nodejs.org",
      doing,
      first: `${base}/index.json`,
      maxPages: 1,
      readPage: createHttpPageReader({
        http: lazyHttpClient(options),
        doing,
        headers: { accept: "application/json" },
        parse(response) {
          const releases = parseAnswer(NodeReleaseList, readJson(response, doing), { doing });
          const rows = releases.map(({ version, date, lts }, index) => ({
            raw: version,
            ...releasedAt(date, { doing, path: `[${index}].date` }),
            ...(lts === undefined ? {} : { lts: lts !== false }),
          }));
          return { rows };
        },
      }),
    },
    options,
  );
}
