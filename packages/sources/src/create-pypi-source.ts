import { BayplanError, type CallOptions, type VersionSource } from "@bayplan/core";
import { errorFromResponse, type HttpResponse } from "@bayplan/runtime";
import { createPagedSource } from "./create-paged-source.ts";
import { createHttpPageReader, rightsOf } from "./http-page-reader.ts";
import type { HttpSourceOptions } from "./http-source-options.ts";
import { normalizeProject } from "./pypi-file-version.ts";
import { isYanked, type PyPiFile, type PyPiFiles, readSimplePage, simpleAccept } from "./pypi-simple-page.ts";
import { badOption, bearer, lazyHttpClient, parseAnswer, parseBaseUrl, readJson } from "./read-json.ts";
import { readTime } from "./released-at.ts";
import { PyPiProject } from "./schema.ts";
import type { SourcePage, SourceRow } from "./source-page.ts";

/** Which project {@link createPyPiSource} lists, and how it reaches the index. */
export interface PyPiSourceOptions extends HttpSourceOptions {
  /** For example `numpy`. */
  readonly project: string;
  /** Sent to the origin of `baseUrl` only. Default none. */
  readonly token?: string;
  /** Where `/pypi/<project>/json` and `/simple/<project>/` are. Default `https://pypi.org`. */
  readonly baseUrl?: string;
  /** Default `pypi:<project>`. */
  readonly id?: string;
}

// What an index answers that has no JSON API: Artifactory, Nexus, devpi, plain folders.
const noJsonApi = new Set([404, 405, 406, 410, 501]);

/**
 * The releases of a project on PyPI. One is `yanked` only if all its files are, and its time is that of the file which
 * came first. A release whose files were all deleted is not listed; what Python it requires is not looked at.
 *
 * One request gives all, from the JSON API, or from the simple index (JSON, else HTML, which has no times) where an index
 * has only that.
 *
 * Listing throws `NOT_FOUND`, `UNAUTHORIZED`, `DENIED`, `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT`, `RESPONSE_INVALID` or
 * `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://docs.pypi.org/api/json/
 * @see https://peps.python.org/pep-0592/
 */
export function createPyPiSource(options: PyPiSourceOptions): VersionSource {
  if (!/^[A-Z0-9](?:[A-Z0-9._-]{0,198}[A-Z0-9])?$/i.test(options.project))
    throw badOption("project", "the name of a project");
  const project = normalizeProject(options.project);
  const base = parseBaseUrl(options.baseUrl ?? "https://pypi.org");
  const { authorization } = bearer(options.token);
  const doing = `Listing the releases of the Python project ${project}`;
  const http = lazyHttpClient(options);
  const common = { maxBytes: 128 * 1024 * 1024, ...(authorization === undefined ? {} : { authorization }) };

  async function readSimple(call: CallOptions): Promise<SourcePage> {
    const url = `${base}/simple/${project}/`;
    const response = await http().request({ method: "GET", url, headers: { accept: simpleAccept }, ...common }, call);
    if (response.status === 404)
      throw new BayplanError("NOT_FOUND", `${doing} failed: the index does not have it. Check its name.`, {
        status: 404,
      });
    if (response.status !== 200) throw errorFromResponse(response, doing);
    return { rows: toRows(readSimplePage(response, { doing, project }), doing) };
  }

  async function parseProject(response: HttpResponse, call: CallOptions): Promise<SourcePage & { mayGrow?: boolean }> {
    const { releases } = parseAnswer(PyPiProject, readJson(response, doing), { doing });
    // Its validator would be one for the wrong page.
    if (releases === undefined) return { ...(await readSimple(call)), mayGrow: true };
    const files = Object.entries(releases).map(([version, uploads]) => {
      const ofVersion = uploads.map(({ yanked, upload_time_iso_8601, upload_time }) => {
        const time = upload_time_iso_8601 ?? upload_time;
        return { yanked: isYanked(yanked), ...(time == null ? {} : { uploadedAt: time }) };
      });
      return [version, ofVersion] as const;
    });
    return { rows: toRows(new Map(files), doing) };
  }

  return createPagedSource(
    {
      id: options.id ?? `pypi:${project}`,
      doing,
      first: `${base}/pypi/${project}/json`,
      maxPages: 1,
      ...rightsOf(authorization),
      readPage: createHttpPageReader({
        http,
        doing,
        headers: { accept: "application/json" },
        ...common,
        parse: (response, { signal }) => parseProject(response, signal === undefined ? {} : { signal }),
        refused: (response, _, call) =>
          noJsonApi.has(response.status) ? readSimple(call) : errorFromResponse(response, doing),
      }),
    },
    options,
  );
}

function toRows(releases: PyPiFiles, doing: string): readonly SourceRow[] {
  return [...releases].flatMap(([raw, files]) => {
    if (files.length === 0) return [];
    return [
      { raw, yanked: files.every((file) => file.yanked), ...firstUpload(files, { doing, path: `releases.${raw}` }) },
    ];
  });
}

function firstUpload(
  files: readonly PyPiFile[],
  where: { doing: string; path: string },
): Pick<SourceRow, "releasedAt"> {
  const times = files.flatMap(({ uploadedAt }) => (uploadedAt === undefined ? [] : [readTime(uploadedAt, where)]));
  const [first] = times.sort((left, right) => Date.parse(left) - Date.parse(right));
  return first === undefined ? {} : { releasedAt: first };
}
