/**
 * What is legal in docker/metadata-action and often not meant. Closed, so that a caller can decide which ones are
 * errors for it.
 *
 * - `moving-tag-unguarded`: `latest`, `1` or `1.2` moves whatever is published already; a back-port takes it too.
 * - `prerelease-literal-lost`: text of a pattern is gone because the version is a pre-release.
 * - `latest-decided-by-first-rule`: rules do not agree about `latest`, and the first one decided.
 * - `latest-affix-not-rendered`: an expression stands in the prefix or suffix of `latest` and is not evaluated.
 * - `latest-twice`: a rule gives `latest`, and it is added once more.
 * - `invalid-tag`: no registry takes this tag.
 * - `html-escaped`: a value was changed for HTML; three braces keep it.
 * - `value-rewritten`: characters were replaced, so that other values give the same tag.
 * - `match-ignored`: `match=` does not match, and the whole value was taken.
 * - `prerelease-gets-latest`: `latest` goes to what looks like a pre-release.
 * - `quotes-consumed`: quotes around a whole line are gone after the first reading, and commas split it.
 * - `comment-taken-as-entry`: an indented comment is an entry.
 * - `bare-value-dropped`: of several values without a name only the last counts.
 * - `unknown-attribute`: means nothing; a typing error perhaps.
 * - `no-image-enabled`: tags have no image name.
 * - `duplicate-image`, `invalid-image-name`: taken as they are.
 * - `pull-head-ref`: the tag ends in `-head`.
 * - `latest-with-affix`: a rule's `latest` has the flavor's prefix or suffix, the automatic one has not.
 * - `empty-sha`: the length 0 leaves nothing of the commit.
 * - `label-truncated`: after a line break, in JSON and in bake files.
 * - `nothing-generated`: no rule gave a tag.
 */
export type MetadataDiagnosticCode =
  | "moving-tag-unguarded"
  | "prerelease-literal-lost"
  | "latest-decided-by-first-rule"
  | "latest-affix-not-rendered"
  | "latest-twice"
  | "invalid-tag"
  | "html-escaped"
  | "value-rewritten"
  | "match-ignored"
  | "prerelease-gets-latest"
  | "quotes-consumed"
  | "comment-taken-as-entry"
  | "bare-value-dropped"
  | "unknown-attribute"
  | "no-image-enabled"
  | "duplicate-image"
  | "invalid-image-name"
  | "pull-head-ref"
  | "latest-with-affix"
  | "empty-sha"
  | "label-truncated"
  | "nothing-generated";

/** One thing that would be safer otherwise. It changes nothing about the answer. */
export interface MetadataDiagnostic {
  readonly code: MetadataDiagnosticCode;
  /** The input it is about: `tags`, `images`, `flavor`, `labels`, `annotations` or `env`. */
  readonly input: string;
  /** The entry, value or tag it is about. */
  readonly found: string;
  /** What to do. */
  readonly advice: string;
}
