import { BayplanError } from "@bayplan/core";

/** A Git repository on GitHub, taken apart for the API's paths. */
interface GitRepository {
  readonly owner: string;
  readonly repo: string;
}

const pattern =
  /^(?<owner>[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?)\/(?<repo>(?!\.{1,2}$)[A-Za-z0-9._-]{1,100})$/;

/** What {@link isGitRepository} accepts, for messages. */
export const gitRepositoryForm = "owner/name, for example octo-org/images";

/** Whether the text is `owner/name`. */
export function isGitRepository(text: string): boolean {
  return pattern.test(text);
}

/** Takes `owner/name` apart. Throws `INVALID_INPUT` for anything else. */
export function parseGitRepository(text: string): GitRepository {
  const { owner, repo } = pattern.exec(text)?.groups ?? {};
  if (owner === undefined || repo === undefined) {
    throw new BayplanError("INVALID_INPUT", `This is not a Git repository on GitHub. Write ${gitRepositoryForm}.`, {
      problems: [{ path: "gitRepository", found: text.slice(0, 100), expected: gitRepositoryForm }],
    });
  }
  return { owner, repo };
}
