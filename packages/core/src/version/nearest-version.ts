import { BayplanError } from "../errors.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";

/**
 * The highest version among the Git tags of one commit, final releases before pre-releases: `git describe` takes
 * whichever was made last. Tags that are no version are passed over; `undefined` when none is.
 *
 * @param options.scheme - Default `semver`.
 * @throws BayplanError `INVALID_INPUT` when two tags of the commit are the same version in different words.
 */
export function versionOfCommit(
  tags: readonly string[],
  options: { readonly scheme?: VersionScheme | string } = {},
): Version | undefined {
  const scheme = createVersionScheme(options.scheme ?? "semver");
  const versions = tags.flatMap((tag) => scheme.parse(tag.replace(/^refs\/tags\//, "")) ?? []);
  const stable = versions.filter((version) => scheme.isStable(version));
  const [first, ...others] = stable.length > 0 ? stable : versions;
  if (first === undefined) return undefined;
  const best = others.reduce((left, right) => (scheme.compare(right, left) > 0 ? right : left), first);
  const twin = others.find((other) => other.raw !== best.raw && scheme.compare(other, best) === 0);
  if (twin === undefined) return best;
  throw new BayplanError(
    "INVALID_INPUT",
    `The commit is tagged ${best.raw} and ${twin.raw}, which are one version. Delete one of the tags.`,
  );
}
