import type { CallOptions, VersionSource } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { createPagedSource } from "./create-paged-source.ts";
import { type GitHubAccess, type GitHubSourceOptions, gitHubAccess, gitHubRefusal } from "./github-api.ts";
import { createHttpPageReader, linkedNext, rightsOf } from "./http-page-reader.ts";
import { badOption, checkCount, lazyHttpClient, parseAnswer, readJson } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { GitHubRefPage, GitHubTagObject, GitHubTagPage } from "./schema.ts";
import type { SourceRow } from "./source-page.ts";

/** Which tags {@link createGitHubTagsSource} lists, and how it reaches them. */
export interface GitHubTagsSourceOptions extends GitHubSourceOptions {
  /** Only tags that begin so, for example `v3.14.`: far fewer pages where a repository has thousands. Default all. */
  readonly prefix?: string;
  /**
   * With `prefix`, GitHub gives the tag object of an annotated tag, not its commit. `true` asks for each of them, which
   * is one request more per tag, and gives `commit` and the tag's date. Without `prefix`, commits come with the list.
   * Default `false`: such a tag has no `commit`.
   */
  readonly peel?: boolean;
  /** Default `github-tags:owner/name`, with the prefix after another colon. */
  readonly id?: string;
  /** More pages make the listing `truncated`. Default 100. */
  readonly maxPages?: number;
}

const peeledAtOnce = 16;
const deepestTag = 5;

/**
 * The Git tags of a repository on GitHub, in the order of their names. GitHub tells no dates of tags, so a minimum age
 * holds all of them, unless `peel` finds the annotated ones'.
 *
 * Listing throws and is `truncated` as {@link createGitHubReleasesSource} says. A prefix that no tag has gives an empty
 * listing.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://docs.github.com/en/rest/repos/repos#list-repository-tags
 * @see https://docs.github.com/en/rest/git/refs#list-matching-references
 */
export function createGitHubTagsSource(options: GitHubTagsSourceOptions): VersionSource {
  const { repository, prefix, peel = false, maxPages = 100 } = options;
  if (prefix !== undefined && !isPrefix(prefix)) throw badOption("prefix", "the beginning of a tag's name");
  const access = gitHubAccess(options);
  const { address, headers, authorization, pageSize } = access;
  const doing = `Listing the tags of ${repository}`;
  const http = lazyHttpClient(options);
  const get = { headers, ...(authorization === undefined ? {} : { authorization }) };
  const refused = gitHubRefusal(doing, options);

  async function readTagObject(sha: string, call: CallOptions): Promise<Pick<SourceRow, "commit" | "releasedAt">> {
    let time: Pick<SourceRow, "releasedAt"> = {};
    let target = { type: "tag", sha };
    for (let depth = 0; target.type === "tag"; depth += 1) {
      if (depth === deepestTag) return time;
      const url = `${address}/git/tags/${target.sha}`;
      const response = await http().request({ method: "GET", url, ...get }, call);
      if (response.status !== 200) throw refused(response, { number: 1 });
      const tag = parseAnswer(GitHubTagObject, readJson(response, doing), { doing });
      if (depth === 0) time = releasedAt(tag.tagger?.date, { doing, path: "tagger.date" });
      target = tag.object;
    }
    return target.type === "commit" ? { ...time, commit: target.sha } : time;
  }

  async function parseRefs(
    response: HttpResponse,
    doingPage: string,
    call: CallOptions,
  ): Promise<readonly SourceRow[]> {
    const refs = parseAnswer(GitHubRefPage, readJson(response, doingPage), { doing: doingPage });
    const rows: SourceRow[] = [];
    for (let start = 0; start < refs.length; start += peeledAtOnce) {
      const some = refs.slice(start, start + peeledAtOnce).map(async ({ ref, object }): Promise<SourceRow[]> => {
        const raw = ref.replace(/^refs\/tags\//, "");
        if (raw === ref || !raw.startsWith(prefix ?? "")) return [];
        if (object.type === "commit") return [{ raw, commit: object.sha }];
        return [{ raw, ...(peel && object.type === "tag" ? await readTagObject(object.sha, call) : {}) }];
      });
      rows.push(...(await Promise.all(some)).flat());
    }
    return rows;
  }

  return createPagedSource(
    {
      id: options.id ?? ["github-tags", repository, ...(prefix === undefined ? [] : [prefix])].join(":"),
      doing,
      first: firstPage(access, prefix),
      maxPages: checkCount("maxPages", maxPages),
      keyedBy: [rightsOf(authorization).keyedBy ?? "", peel ? "peeled" : ""].join(" "),
      readPage: createHttpPageReader({
        http,
        doing,
        ...get,
        async parse(response, page) {
          const next = linkedNext(response, page.doing);
          if (prefix !== undefined)
            return { rows: await parseRefs(response, page.doing, page), ...next, mayGrow: true };
          const tags = parseAnswer(GitHubTagPage, readJson(response, page.doing), { doing: page.doing });
          const rows = tags.map(({ name, commit }) => ({
            raw: name,
            ...(commit === undefined ? {} : { commit: commit.sha }),
          }));
          return { rows, ...next, mayGrow: tags.length >= pageSize };
        },
        refused,
      }),
    },
    options,
  );
}

function firstPage({ address, pageSize }: GitHubAccess, prefix: string | undefined): string {
  if (prefix === undefined) return `${address}/tags?per_page=${pageSize}`;
  const path = prefix.split("/").map(encodeURIComponent).join("/");
  return `${address}/git/matching-refs/tags/${path}?per_page=${pageSize}`;
}

// What Git allows in a name, without the segments that a URL would swallow.
function isPrefix(text: string): boolean {
  return /^[\x21-\x7e\u00a1-\uffff]{1,200}$/u.test(text) && !/[~^:?*[\\]|\/\/|^\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(text);
}
