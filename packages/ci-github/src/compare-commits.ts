import { BayplanError, type CallOptions, type ChangedPaths, isBayplanError } from "@bayplan/core";
import { z } from "zod";
import { parseGitRepository } from "./git-repository.ts";
import { type GitHubClient, parseAnswer } from "./github-client.ts";
import type { Doing } from "./github-error.ts";

/** Two commits to compare. */
export interface CompareRequest {
  /** `owner/name`. Default: the adapter's own. */
  readonly gitRepository?: string;
  /** The older one: a branch, tag or sha. */
  readonly base: string;
  readonly head: string;
}

// "the response … includes details of up to 300 files", whatever page is asked for.
const maxFiles = 300;
const Comparison = z.object({
  files: z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() })).optional(),
});

/**
 * The files that differ between the newest common commit of both and `head`, as GitHub sees it. Its list ends at 300
 * files; then the answer is `incomplete`. A commit that GitHub does not know makes it `unknown`, not empty.
 *
 * @see https://docs.github.com/en/rest/commits/commits#compare-two-commits
 */
export async function compareCommits(
  client: GitHubClient,
  request: CompareRequest & { readonly gitRepository: string },
  options: CallOptions,
): Promise<ChangedPaths> {
  const { gitRepository, base, head } = request;
  for (const [path, ref] of Object.entries({ base, head })) {
    if (!/^[^\s\p{Cc}~^:?*[\\]{1,255}$/u.test(ref) || ref.includes("..")) throw invalid(path, ref);
  }
  if (/^0+$/.test(base)) return { state: "unknown", because: "there is no commit before: the ref is new" };
  const doing: Doing = { what: `Comparing two commits of ${gitRepository}`, permission: "contents: read" };
  try {
    const { data } = await client.call(
      {
        route: "GET /repos/{owner}/{repo}/compare/{basehead}",
        parameters: { ...parseGitRepository(gitRepository), basehead: `${base}...${head}`, per_page: 1 },
        doing,
      },
      options,
    );
    const { files } = parseAnswer(Comparison, data, doing);
    if (files === undefined) return { state: "unknown", because: "GitHub's answer lists no files" };
    const paths = [
      ...new Set(
        files.flatMap(({ filename, previous_filename: old }) => (old === undefined ? [filename] : [filename, old])),
      ),
    ];
    return files.length < maxFiles ? { state: "known", paths } : { state: "incomplete", paths };
  } catch (error) {
    if (!isBayplanError(error) || error.code !== "NOT_FOUND") throw error;
    return { state: "unknown", because: "GitHub does not know one of the commits, or the token cannot see them" };
  }
}

function invalid(path: string, found: string): BayplanError {
  const expected = "a branch, tag or sha";
  return new BayplanError("INVALID_INPUT", `The commits cannot be compared: ${path} must be ${expected}.`, {
    problems: [{ path, found: found.slice(0, 100), expected }],
  });
}
