import type { Version, VersionScheme } from "../version/version-scheme.ts";
import { renderTagText } from "./render-tag.ts";
import { templateNames } from "./render-template.ts";
import type { TagRule } from "./tag-rule.ts";

/**
 * The version a published tag names, read back through the exact rules: `v{version}` finds 1.2.3 in `v1.2.3`.
 * Where no exact rule shows the version, tags are read as versions themselves.
 */
export function versionOfTag(
  tag: string,
  policy: { readonly rules: readonly TagRule[]; readonly scheme: VersionScheme },
): Version | undefined {
  const exact = policy.rules.filter((rule) => rule.kind === "exact");
  const isShown = exact.some((rule) => templateNames(rule.template).includes("version"));
  for (const rule of isShown ? exact : [...exact, { kind: "exact", template: "{version}" } as const]) {
    for (const text of textsIn(tag, rule.template)) {
      const version = policy.scheme.parse(text);
      if (version !== undefined && renderTagText(rule, version.raw, version) === tag) return version;
    }
  }
  return undefined;
}

/** What may stand for `{version}`: one text where nothing else is in braces, otherwise any part of the tag. */
function textsIn(tag: string, template: string): readonly string[] {
  const [prefix = "", suffix = ""] = template.split(/\{[^{}]*\}.*\{[^{}]*\}|\{[^{}]*\}/);
  if (tag.length < prefix.length + suffix.length || !tag.startsWith(prefix) || !tag.endsWith(suffix)) return [];
  const middle = tag.slice(prefix.length, tag.length - suffix.length);
  const names = templateNames(template);
  if (names.length === 1 && names[0] === "version") return [middle];
  // The version may reach into what looks like the template's own text, as in `{major}.{minor}.{patch}-x`.
  return Array.from(tag, (_, start) =>
    Array.from(tag.slice(start), (_, end) => tag.slice(start, start + end + 1)),
  ).flat();
}
