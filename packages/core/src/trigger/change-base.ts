import { isZeroSha, parseFullSha } from "./git-sha.ts";

/** The commit to compare with. Without one, nothing may be said to be unchanged. */
export type ChangeBase =
  | { readonly state: "known"; readonly sha: string; readonly from: "previous-release" | "push-before" }
  | { readonly state: "unknown"; readonly because: string };

/** What is known of earlier commits. */
export interface ChangeBaseFacts {
  /** Commit of the release before this one. `"none"`: this is the first. Default: not known. */
  readonly previousRelease?: string;
  /** Where the branch stood before a push: `before` of the event. All zeros: the branch is new. Default: not known. */
  readonly pushBefore?: string;
}

/**
 * The commit whose difference to the new one says what changed: for a release everything since the release before, for a
 * push to a branch everything the push brought. Never just the last commit, of which a push may have many.
 *
 * @throws BayplanError `INVALID_INPUT` when a given commit is not a full sha.
 */
export function changeBase(since: "previous-release" | "push-before", facts: ChangeBaseFacts): ChangeBase {
  const given = since === "previous-release" ? facts.previousRelease : facts.pushBefore;
  if (given === undefined || given === "") return { state: "unknown", because: `the ${words[since]} is not known` };
  if (given === "none" && since === "previous-release")
    return { state: "unknown", because: "there is no release before this one" };
  const sha = parseFullSha(given, words[since]);
  if (isZeroSha(sha)) return { state: "unknown", because: "the branch is new, nothing stood there before" };
  return { state: "known", sha, from: since };
}

const words = {
  "previous-release": "commit of the previous release",
  "push-before": "commit before the push",
} as const;
