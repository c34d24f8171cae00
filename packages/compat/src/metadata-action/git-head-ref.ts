import { metadataError } from "./metadata-error.ts";

/** What Git says about a checkout, each as the text of one command. */
export interface GitHeadAnswers {
  /** `git symbolic-ref HEAD`; missing or empty when the head is detached. */
  readonly symbolicRef?: string;
  /** `git show -s --pretty=%D`: the names at the head. Default empty. */
  readonly decoration?: string;
  /** `git for-each-ref --points-at HEAD --format=%(refname) refs/tags/`, needed where a tag's name has a comma. */
  readonly tagsAtHead?: string;
  /** `git for-each-ref --contains HEAD --sort=-committerdate --format=%(refname) refs/heads/`. */
  readonly branches?: string;
  /** The same for `refs/remotes/`. */
  readonly remoteBranches?: string;
  /** `git tag --contains HEAD`. */
  readonly tags?: string;
}

/**
 * The ref that docker/metadata-action takes a checkout for with `context: git`: the branch, or for a detached head the
 * tag, the pull request or the branch that stands beside it, or else the newest branch or the first tag that has it.
 *
 * @throws BayplanError `INVALID_INPUT` when nothing names the head.
 */
export function gitHeadRef(git: GitHeadAnswers): string {
  const branch = git.symbolicRef?.trim() ?? "";
  if (branch !== "") return branch;
  const decoration = git.decoration ?? "";
  const names = decoration.replace(/^grafted, /, "").trim();
  if (names === "HEAD") return containingRef(git);
  if (!names.startsWith("HEAD, ")) throw refused(`Cannot find detached HEAD ref in "${decoration}"`, decoration);
  const beside = names.slice("HEAD, ".length).trim();
  if (beside.startsWith("tag: ")) return `refs/tags/${firstTag(beside.slice("tag: ".length), git)}`;
  if (/^pull\/\d+\/(head|merge)$/.test(beside)) return `refs/${beside}`;
  const both = /^[^/]+\/[^/]+, (.+)$/.exec(beside)?.[1];
  const remote = /^[^/]+\/(.+)$/.exec(beside)?.[1];
  const name = both ?? remote;
  if (name === undefined) throw refused(`Unsupported detached HEAD ref in "${decoration}"`, decoration);
  return `refs/heads/${name.trim()}`;
}

/** The first of several names; commas may be part of a tag's name, so the known tags decide, the longest first. */
function firstTag(names: string, git: GitHeadAnswers): string {
  const known = lines(git.tagsAtHead)
    .map((ref) => ref.replace(/^refs\/tags\//, ""))
    .sort((left, right) => right.length - left.length);
  const found = known.find((tag) => names === tag || names.startsWith(`${tag}, `));
  return found ?? (names.split(", ")[0] ?? names).trim();
}

function containingRef(git: GitHeadAnswers): string {
  const [local] = lines(git.branches);
  if (local !== undefined) return local;
  const [remote] = lines(git.remoteBranches);
  if (remote !== undefined) return remote.replace(/^refs\/remotes\/[^/]+\/(?=.)/, "refs/heads/");
  const [tag] = lines(git.tags);
  if (tag !== undefined) return `refs/tags/${tag}`;
  throw refused("Cannot infer ref from detached HEAD", "HEAD");
}

function lines(text = ""): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function refused(words: string, found: string): Error {
  const expected = "a branch, a tag or a pull request that names the head; fetch them with the checkout";
  return metadataError(words, { path: "checkout.ref", found, expected });
}
