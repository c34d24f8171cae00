import type { Version, VersionScheme } from "../version/version-scheme.ts";
import type { CustomTags } from "./custom-tags.ts";
import { renderTemplate, templateNames } from "./render-template.ts";
import { isExactRule } from "./rule-shape.ts";
import type { TagRule } from "./tag-rule.ts";
import { versionTemplateNames } from "./tag-rule.ts";
import { versionValues } from "./tag-values.ts";

/**
 * The version a published tag names, read back through the exact rules: `v{version}` finds 1.2.3 in `v1.2.3`.
 * Where no exact rule shows the version, tags are read as versions themselves.
 */
export function versionOfTag(
  tag: string,
  policy: { readonly rules: readonly (TagRule | CustomTags)[]; readonly scheme: VersionScheme },
): Version | undefined {
  return versionReader(policy)(tag);
}

/** The same for many tags: the rules are looked at once. */
export function versionReader(policy: {
  readonly rules: readonly (TagRule | CustomTags)[];
  readonly scheme: VersionScheme;
}): (tag: string) => Version | undefined {
  const exact = policy.rules.flatMap((rule) => exactTemplate(rule) ?? []);
  const isShown = exact.some((template) =>
    templateNames(template).some((name) => name === "version" || name === "release"),
  );
  const templates = [...new Set(isShown ? exact : [...exact, "{version}"])];
  return (tag) => {
    for (const template of templates) {
      for (const text of textsIn(tag, template)) {
        const version = policy.scheme.parse(text);
        if (version !== undefined && renderTemplate(template, versionValues(version.raw, version)) === tag)
          return version;
      }
    }
    return undefined;
  };
}

/** The whole template of a rule that names one release by nothing but its version. */
function exactTemplate(rule: TagRule | CustomTags): string | undefined {
  if (typeof rule === "function") return undefined;
  if (!isExactRule(rule) || (rule.kind !== "exact" && rule.kind !== "pattern")) return undefined;
  const whole = `${rule.prefix ?? ""}${rule.template}${rule.suffix ?? ""}`;
  const known: readonly string[] = versionTemplateNames;
  return templateNames(whole).every((name) => known.includes(name)) ? whole : undefined;
}

/** What may stand for `{version}`: one text where nothing else is in braces, otherwise any part of the tag. */
function textsIn(tag: string, template: string): readonly string[] {
  const [prefix = "", suffix = ""] = template.split(/\{[^{}]*\}.*\{[^{}]*\}|\{[^{}]*\}/);
  if (tag.length < prefix.length + suffix.length || !tag.startsWith(prefix) || !tag.endsWith(suffix)) return [];
  const middle = tag.slice(prefix.length, tag.length - suffix.length);
  const names = templateNames(template);
  if (names.length === 1 && (names[0] === "version" || names[0] === "release")) return withPlus([middle]);
  // The version may reach into what looks like the template's own text, as in `{major}.{minor}.{patch}-x`.
  return withPlus(
    Array.from(tag, (_, start) => Array.from(tag.slice(start), (_, end) => tag.slice(start, start + end + 1))).flat(),
  );
}

/** The text itself, and with the plus that a tag cannot have. */
function withPlus(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => (text.includes("_") ? [text, text.replace("_", "+")] : [text]));
}
