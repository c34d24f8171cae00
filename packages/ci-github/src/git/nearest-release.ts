import {
  BayplanError,
  type CallOptions,
  isFullSha,
  type Version,
  type VersionScheme,
  versionOfCommit,
} from "@bayplan/core";
import { runGit } from "./run-git.ts";

/** The release a commit comes after. */
export type NearestRelease =
  | {
      readonly state: "found";
      readonly version: Version;
      /** The commit that is tagged. */
      readonly sha: string;
      /** Commits since then; 0: the commit is the release. */
      readonly distance: number;
    }
  | { readonly state: "none" }
  | { readonly state: "unknown"; readonly because: string };

/** What is asked. */
export interface NearestReleaseOptions extends CallOptions {
  /** A clone. Default the working directory. */
  readonly directory?: string;
  /** In full. Default `HEAD`. */
  readonly commit?: string;
  /** Default `semver`. */
  readonly scheme?: VersionScheme | string;
}

// The names of so many commits are 8 MB.
const maxCommits = 200_000;

/**
 * The highest version on the nearest tagged commit before (or at) a commit: of several tags on one commit the highest,
 * not the one made last; tags that are no version are passed over. A shallow clone in which none is found is `unknown`.
 *
 * @throws BayplanError `INVALID_INPUT` for a commit that is not a full sha, or one version tagged twice on a commit.
 */
export async function nearestRelease(options: NearestReleaseOptions = {}): Promise<NearestRelease> {
  const { directory = ".", commit = "HEAD", scheme = "semver", ...call } = options;
  if (commit !== "HEAD" && !isFullSha(commit)) {
    throw new BayplanError("INVALID_INPUT", "The commit is named by its full sha here.");
  }
  const refs = await runGit(
    directory,
    ["for-each-ref", `--merged=${commit}`, `--format=${tagFormat}`, "refs/tags"],
    call,
  );
  if (!refs.isOk) return { state: "unknown", because: "the commit is not in this clone" };
  const tagged = versionsOf(refs.text, scheme);
  if (tagged.size > 0) {
    const walk = ["rev-list", "--topo-order", `--max-count=${maxCommits}`, commit, "--"];
    const { text } = await runGit(directory, walk, call);
    for (const sha of text.split("\n")) {
      const version = tagged.get(sha)?.();
      if (version === undefined) continue;
      const count = await runGit(directory, ["rev-list", "--count", `${sha}..${commit}`, "--"], call);
      return { state: "found", version, sha, distance: Number(count.text.trim()) };
    }
    if (text.length > maxCommits * 40)
      return { state: "unknown", because: `no release is among ${maxCommits} commits` };
  }
  const shallow = await runGit(directory, ["rev-parse", "--is-shallow-repository"], call);
  if (shallow.text.trim() === "true") {
    return { state: "unknown", because: "the clone is shallow: fetch its history and tags" };
  }
  return { state: "none" };
}

// Of an annotated tag the commit behind it, too. No name of a ref holds a space.
const tagFormat = "%(objectname) %(*objectname) %(refname)";

/** By commit, a look at the version that its tags mean: only the nearest one may complain. */
function versionsOf(text: string, scheme: VersionScheme | string): ReadonlyMap<string, () => Version | undefined> {
  const tags = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [object = "", peeled = "", name = ""] = line.split(" ");
    const sha = peeled === "" ? object : peeled;
    if (name !== "") tags.set(sha, [...(tags.get(sha) ?? []), name]);
  }
  return new Map([...tags].map(([sha, names]) => [sha, () => versionOfCommit(names, { scheme })]));
}
