import type { VersionSource } from "@bayplan/core";
import { createPagedSource } from "./create-paged-source.ts";
import { type GitLabSourceOptions, gitLabAccess, gitLabNext, gitLabRefusal } from "./gitlab-api.ts";
import { createHttpPageReader, rightsOf } from "./http-page-reader.ts";
import { lazyHttpClient, parseAnswer, readJson } from "./read-json.ts";
import { releasedAt } from "./released-at.ts";
import { GitLabTagPage } from "./schema.ts";

/** Which tags {@link createGitLabTagsSource} lists, and how it reaches them. */
export interface GitLabTagsSourceOptions extends GitLabSourceOptions {
  /** Default `gitlab-tags:<project>`. */
  readonly id?: string;
}

/**
 * The Git tags of a project on GitLab, the latest updated first. `releasedAt` is when an annotated tag was made; a
 * lightweight one has no time, since its commit's may be years older. `commit` is peeled.
 *
 * Listing throws `NOT_FOUND` (or the token cannot see it), `UNAUTHORIZED`, `DENIED`, `RATE_LIMITED`, `UNAVAILABLE`,
 * `TIMEOUT`, `RESPONSE_INVALID` or `CANCELLED`.
 *
 * @throws BayplanError `INVALID_INPUT` for an option that cannot be used.
 * @see https://docs.gitlab.com/api/tags/#list-project-repository-tags
 */
export function createGitLabTagsSource(options: GitLabTagsSourceOptions): VersionSource {
  const { address, authorization, pageSize, maxPages } = gitLabAccess(options);
  const doing = `Listing the tags of ${options.project}`;
  return createPagedSource(
    {
      id: options.id ?? `gitlab-tags:${options.project}`,
      doing,
      first: `${address}/repository/tags?per_page=${pageSize}`,
      maxPages,
      ...rightsOf(authorization),
      readPage: createHttpPageReader({
        http: lazyHttpClient(options),
        doing,
        ...(authorization === undefined ? {} : { authorization }),
        parse(response, page) {
          const tags = parseAnswer(GitLabTagPage, readJson(response, page.doing), { doing: page.doing });
          const rows = tags.map(({ name, created_at, commit }, index) => ({
            raw: name,
            ...releasedAt(created_at, { doing: page.doing, path: `[${index}].created_at` }),
            ...(commit === undefined || commit === null ? {} : { commit: commit.id }),
          }));
          return { rows, ...gitLabNext(response, page.doing), mayGrow: tags.length >= pageSize };
        },
        refused: gitLabRefusal(doing, options.project),
      }),
    },
    options,
  );
}
