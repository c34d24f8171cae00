/** One ref of a Git repository. */
export interface GitRef {
  /** In full, for example `refs/tags/1.2.0`. */
  readonly name: string;
  readonly kind: "branch" | "tag" | "other";
  /** What the ref names: a commit, or the tag object of an annotated tag. */
  readonly object: string;
  /** The commit behind it. `undefined`: the listing does not say, it was made with `--refs`. */
  readonly commit: string | undefined;
  /** Whether a tag is an object of its own. `undefined` as for `commit`. Never a sign of a release: copies lose it. */
  readonly annotated: boolean | undefined;
}

/** The refs of a Git repository at one moment. */
export interface GitRefs {
  /** In the order of the listing. */
  readonly refs: readonly GitRef[];
  /** `false`: there are more. What is not listed may exist, and a name that is listed once may exist twice. */
  readonly isComplete: boolean;
}
