import { compilePattern, type Pattern } from "../pattern/compile-pattern.ts";
import type { Version } from "../version/version-scheme.ts";
import type { CustomTags } from "./custom-tags.ts";
import { templateNames } from "./render-template.ts";
import type { TagPolicy } from "./tag-policy.ts";
import type { TagRule } from "./tag-rule.ts";
import { valueKey } from "./tag-values.ts";
import { versionOfTag } from "./version-of-tag.ts";

/** Staging tags of builds, and what registries and signers find referrers by. */
const ofMachinery = /^(?:bp-[0-9a-f]{32}|sha256-[0-9a-f]{16,}.*|sha512-[0-9a-f]{16,}.*)$/;
const channel = "(?:a|alpha|b|beta|c|rc|m|pre|preview|dev|next|canary|nightly|snapshot)";
const partPatterns: Readonly<Record<string, string>> = {
  ...{ major: "\\d+", minor: "\\d+", patch: "\\d+", release: "\\d+(?:\\.\\d+)*" },
  ...{ variant: "[a-z]?", channel, prerelease: "[0-9A-Za-z.]+", sha: "[0-9a-f]{4,64}", pr: "\\d+" },
};

/**
 * Whether the name of a Git ref would pass for something else: `latest`, a version or a line of versions, a commit, a
 * staging tag, or a tag that another rule gives.
 *
 * @param from - A Git tag may be a full version, a branch may not.
 */
export function isReservedTag(tag: string, policy: TagPolicy, from: "tag" | "branch"): boolean {
  const suffixes = (policy.variants ?? []).map((variant) => variant.suffix);
  const names = [
    tag,
    ...suffixes.filter((suffix) => suffix !== "" && tag.endsWith(suffix)).map((s) => tag.slice(0, -s.length)),
  ];
  return names.some((name) => isReservedName(name, policy, from));
}

function isReservedName(name: string, policy: TagPolicy, from: "tag" | "branch"): boolean {
  if (name.toLowerCase() === "latest" || ofMachinery.test(name) || policy.reserved?.includes(name) === true)
    return true;
  if (/^v?\d+(?:\.\d+)?$/i.test(name)) return true;
  if (policy.rules.some((rule) => isData(rule) && couldGive(rule, name, from))) return true;
  if (from === "tag") return false;
  // `1.2.3` from a branch would be taken for a release, whatever the rules call theirs.
  return (
    /^v?\d+(?:\.\d+)+$/i.test(name) || isRelease(policy.scheme.parse(name)) || isRelease(versionOfTag(name, policy))
  );
}

/** Some schemes read any text, or `release-1` as a version of something called `release-`. */
function isRelease(version: Version | undefined): boolean {
  return version !== undefined && version.release.length > 0 && /^v?$/i.test(version.prefix ?? "");
}

function isData(rule: TagRule | CustomTags): rule is TagRule {
  return typeof rule !== "function";
}

/** Whether another rule could give the name; rules that take names of refs themselves do not count. */
function couldGive(rule: TagRule, name: string, from: "tag" | "branch"): boolean {
  switch (rule.kind) {
    case "raw":
      return `${rule.prefix ?? ""}${rule.value}${rule.suffix ?? ""}` === name;
    case "sha":
      return fits(rule, "{sha}", name, "sha-");
    case "pr":
      return fits(rule, "{pr}", name, "pr-");
    case "edge":
      return fits(rule, rule.template ?? "edge", name);
    case "schedule":
      return fits(rule, rule.template ?? "nightly", name);
    case "alias":
      return fits(rule, rule.template, name);
    case "pattern":
    case "template":
      return (
        (from === "branch" || !/\{(?:version|release|patch)\}/.test(rule.template)) && fits(rule, rule.template, name)
      );
    default:
      return false;
  }
}

// Many refs are held against few rules; `undefined` is a rule that could give anything.
const patterns = new WeakMap<TagRule, Pattern | undefined>();

function fits(rule: TagRule, template: string, name: string, prefix = ""): boolean {
  if (!patterns.has(rule)) patterns.set(rule, patternOf(`${rule.prefix ?? prefix}${template}${rule.suffix ?? ""}`));
  return patterns.get(rule)?.test(name) === true;
}

function patternOf(template: string): Pattern | undefined {
  const parts = template.split(/(\{[^{}]*\})/).map((part) => {
    const [key] = templateNames(part);
    if (key === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return Object.hasOwn(partPatterns, valueKey(key)) ? partPatterns[valueKey(key)] : undefined;
  });
  // A name that may be anything would reserve everything, and no tag is as long as this.
  if (parts.includes(undefined) || template.length > 400) return undefined;
  return compilePattern(parts.join(""), { anchored: true, label: "tag template" });
}
