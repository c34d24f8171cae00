import { BayplanError, type CallOptions, isFullSha } from "@bayplan/core";
import { runGit } from "./run-git.ts";

/** One commit; its texts are whatever its author wrote. */
export interface Commit {
  readonly sha: string;
  /** First line of the message. */
  readonly subject: string;
  readonly author: string;
  /** ISO 8601, as it stands in the commit. */
  readonly committedAt: string;
}

/** The commits between two, newest first; `unknown` is not "none". */
export type CommitList =
  | { readonly state: "known"; readonly commits: readonly Commit[]; readonly isShortened: boolean }
  | { readonly state: "unknown"; readonly because: string };

/** What is asked. */
export interface CommitsSinceOptions extends CallOptions {
  /** A clone. Default the working directory. */
  readonly directory?: string;
  /** The commit of the last image, in full (label `org.opencontainers.image.revision`). Not listed itself. */
  readonly since: string;
  /** In full. Default `HEAD`. */
  readonly until?: string;
  /** Default 500. */
  readonly maxCommits?: number;
}

/**
 * The commits that are in an image and were not in the last one. In a shallow clone, or when the last image was built
 * from a commit that is not an ancestor (a branch that was rewritten), nobody knows: `unknown`.
 *
 * @throws BayplanError `INVALID_INPUT` for a commit that is not a full sha.
 */
export async function commitsSince(options: CommitsSinceOptions): Promise<CommitList> {
  const { directory = ".", since, until = "HEAD", maxCommits = 500, ...call } = options;
  if (!isFullSha(since) || (until !== "HEAD" && !isFullSha(until))) {
    throw new BayplanError("INVALID_INPUT", "Commits are named by their full sha here.");
  }
  if (!Number.isInteger(maxCommits) || maxCommits < 1) {
    throw new BayplanError("INVALID_INPUT", "maxCommits must be a whole number from 1.");
  }
  const exists = await runGit(directory, ["cat-file", "-e", `${since}^{commit}`], call);
  if (!exists.isOk) return { state: "unknown", because: "the commit of the last image is not in this clone" };
  const ancestor = await runGit(directory, ["merge-base", "--is-ancestor", since, until], call);
  if (!ancestor.isOk) return { state: "unknown", because: "the commit of the last image is not an ancestor" };
  const format = "--format=%H%x00%cI%x00%an%x00%s%x00";
  const range = [`--max-count=${maxCommits + 1}`, `${since}..${until}`, "--"];
  const log = await runGit(directory, ["log", "--no-color", "--topo-order", format, ...range], call);
  if (!log.isOk) return { state: "unknown", because: "Git could not list the commits" };
  // A message cannot hold a NUL, so nothing in it can begin another commit.
  const parts = log.text.split("\0");
  const commits: Commit[] = [];
  for (let at = 0; at + 3 < parts.length; at += 4) {
    const [sha = "", committedAt = "", author = "", subject = ""] = parts.slice(at, at + 4);
    commits.push({ sha: sha.trim(), committedAt, author, subject });
  }
  return { state: "known", commits: commits.slice(0, maxCommits), isShortened: commits.length > maxCommits };
}
