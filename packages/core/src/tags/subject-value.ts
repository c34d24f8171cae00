import { sanitizeTag } from "./sanitize-tag.ts";
import type { TagPolicy } from "./tag-policy.ts";
import { type TagSubject, tagValue, valueKey } from "./tag-values.ts";

/** The text of a name in braces for this policy: a Git tag without the prefix of its package, names of packages legal. */
export function subjectValue(name: string, policy: TagPolicy, subject: TagSubject): string | undefined {
  const value = tagValue(name, subject);
  const key = valueKey(name);
  // `@acme/ui` is a name of a package, not of a tag.
  if (key === "package" || key === "image") return value === undefined ? undefined : sanitizeTag(value).tag;
  if (key !== "tag" || value === undefined) return value;
  return value.slice((policy.package?.gitTagPrefix ?? "").length);
}
