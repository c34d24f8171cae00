import type { VersionSource } from "@bayplan/core";
import { createPagedSource } from "./create-paged-source.ts";
import { type GitLabSourceOptions, gitLabAccess, gitLabNext, gitLabRefusal } from "./gitlab-api.ts";
import { createHttpPageReader, rightsOf } from "./http-page-reader.ts";
import { lazyHttpClient, parseAnswer, readJson } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { GitLabReleasePage } from "./schema.ts";

/** Which releases {@link createGitLabReleasesSource} lists, and how it reaches them. */
export interface GitLabReleasesSourceOptions extends GitLabSourceOptions {
  /** Default `gitlab-releases:<project>`. */
  readonly id?: string;
}

/**
 * The releases of a project on GitLab, all pages (the API gives 20 at first), the latest released first; `raw` is the
 * tag. Upcoming ones, whose date is still to come, are left out. GitLab has no pre-release flag.
 *
 * Listing throws as {@link createGitLabTagsSource} says.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://docs.gitlab.com/api/releases/#list-releases
 */
export function createGitLabReleasesSource(options: GitLabReleasesSourceOptions): VersionSource {
  const { address, authorization, pageSize, maxPages } = gitLabAccess(options);
  const doing = `Listing the releases of ${options.project}`;
  return createPagedSource(
    {
      id: options.id ?? `gitlab-releases:${options.project}`,
      doing,
      first: `${address}/releases?per_page=${pageSize}`,
      maxPages,
      ...rightsOf(authorization),
      readPage: createHttpPageReader({
        http: lazyHttpClient(options),
        doing,
        ...(authorization === undefined ? {} : { authorization }),
        parse(response, page) {
          const releases = parseAnswer(GitLabReleasePage, readJson(response, page.doing), { doing: page.doing });
          const rows = releases.flatMap(({ tag_name, released_at, upcoming_release, commit }, index) => {
            if (upcoming_release === true) return [];
            const time = releasedAt(released_at, { doing: page.doing, path: `[${index}].released_at` });
            return [
              { raw: tag_name, ...time, ...(commit === undefined || commit === null ? {} : { commit: commit.id }) },
            ];
          });
          return { rows, ...gitLabNext(response, page.doing), mayGrow: releases.length >= pageSize };
        },
        refused: gitLabRefusal(doing, options.project),
      }),
    },
    options,
  );
}
