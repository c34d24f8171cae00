import { BayplanError, type VersionSource } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { createPagedSource } from "./create-paged-source.ts";
import { createHttpPageReader, rightsOf } from "./http-page-reader.ts";
import type { HttpSourceOptions } from "./http-source-options.ts";
import { badOption, bearer, lazyHttpClient, parseAnswer, parseBaseUrl, readJson } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { NpmPackage } from "./schema.ts";
import type { SourceRow } from "./source-page.ts";

/** Which package {@link createNpmSource} lists, and how it reaches the registry. */
export interface NpmSourceOptions extends HttpSourceOptions {
  /** For example `typescript` or `@types/node`. */
  readonly package: string;
  /** Sent to the origin of `baseUrl` only. Default none. */
  readonly token?: string;
  /** Default `https://registry.npmjs.org`. */
  readonly baseUrl?: string;
  /** Default `npm:<package>`. */
  readonly id?: string;
}

/**
 * The versions of a package on npm, in the order of publication. `deprecated` is the publisher's; a version that was
 * unpublished is not listed. Of `dist-tags` nothing is told: `latest` is a choice, not the highest. One request gives
 * all, the long form, since the short one has no times.
 *
 * Listing throws `NOT_FOUND` (also when all of it was unpublished), `UNAUTHORIZED`, `DENIED`, `RATE_LIMITED`,
 * `UNAVAILABLE`, `TIMEOUT`, `RESPONSE_INVALID` or `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
export function createNpmSource(options: NpmSourceOptions): VersionSource {
  const name = options.package;
  if (!/^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/.test(name) || name.length > 214)
    throw badOption("package", "the name of a package, with its scope if it has one");
  const { authorization } = bearer(options.token);
  const doing = `Listing the versions of the npm package ${name}`;
  return createPagedSource(
    {
      id: options.id ?? `npm:${name}`,
      doing,
      first: `${parseBaseUrl(options.baseUrl ?? "https://registry.npmjs.org")}/${name.replace("/", "%2F")}`,
      maxPages: 1,
      ...rightsOf(authorization),
      readPage: createHttpPageReader({
        http: lazyHttpClient(options),
        doing,
        headers: { accept: "application/json" },
        ...(authorization === undefined ? {} : { authorization }),
        maxBytes: 256 * 1024 * 1024,
        parse: (response) => ({ rows: toRows(response, doing) }),
      }),
    },
    options,
  );
}

function toRows(response: HttpResponse, doing: string): readonly SourceRow[] {
  const { versions, time = {} } = parseAnswer(NpmPackage, readJson(response, doing), { doing });
  if (versions === undefined) {
    if (Object.hasOwn(time, "unpublished")) throw new BayplanError("NOT_FOUND", `${doing} failed: it was unpublished.`);
    throw new BayplanError(
      "RESPONSE_INVALID",
      `${doing} failed: the answer has no versions. Check baseUrl and any proxy.`,
    );
  }
  return Object.entries(versions).map(([raw, { deprecated }]) => {
    const published = Object.hasOwn(time, raw) ? time[raw] : undefined;
    const text = typeof published === "string" ? published : undefined;
    return {
      raw,
      ...releasedAt(text, { doing, path: `time.${raw}` }),
      // The text is the advice; clearing it is how a deprecation is taken back.
      deprecated: typeof deprecated === "string" ? deprecated !== "" : deprecated === true,
    };
  });
}
