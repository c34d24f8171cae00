import type { Version } from "../version/version-scheme.ts";
import type { TagPolicy, TagVariant } from "./tag-policy.ts";
import { versionReader } from "./version-of-tag.ts";

/**
 * The versions that are published as this variant, read from tags: its suffix, for the default one also no suffix that
 * another variant has. Tags of other packages in the repository do not count.
 */
export function publishedVersions(
  tags: readonly string[],
  policy: TagPolicy,
  variant: TagVariant | undefined,
): readonly Version[] {
  const read = versionReader(policy);
  const prefix = policy.package?.tagPrefix ?? "";
  // The longest suffix decides: `-slim-alpine` is not `-alpine`.
  const suffixes = (policy.variants ?? [])
    .map(({ suffix }) => suffix)
    .filter((suffix) => suffix !== "")
    .sort((left, right) => right.length - left.length);
  const versions: Version[] = [];
  for (const tag of tags) {
    if (!tag.startsWith(prefix)) continue;
    const suffix = suffixes.find((candidate) => tag.endsWith(candidate)) ?? "";
    const isOurs = suffix === "" ? variant === undefined || variant.default === true : suffix === variant?.suffix;
    const version = isOurs ? read(tag.slice(prefix.length, tag.length - suffix.length)) : undefined;
    if (version !== undefined) versions.push(version);
  }
  return versions;
}
