import { isTag, parseRepository } from "@bayplan/core";
import type { MetadataDecision } from "./decide-metadata-version.ts";
import { diagnoseTagEntries } from "./diagnose-tag-entries.ts";
import type { MetadataDiagnostic, MetadataDiagnosticCode } from "./metadata-diagnostic.ts";
import type { MetadataLabels } from "./metadata-labels.ts";
import { latestTag, type MetadataTags } from "./metadata-tags.ts";
import type { MetadataActionInputs } from "./parse-metadata-inputs.ts";

interface Rendered {
  readonly labels: MetadataLabels;
  readonly annotations: MetadataLabels;
}

/** What would be safer in a run that went well. */
export function diagnoseMetadata(
  inputs: MetadataActionInputs,
  tags: MetadataTags,
  rendered: Rendered,
): readonly MetadataDiagnostic[] {
  return [
    ...diagnoseTagEntries(inputs.tags ?? []),
    ...tags.decisions.flatMap(diagnoseDecision),
    ...diagnoseLatest(tags),
    ...diagnoseTagNames(tags),
    ...diagnoseImages(tags),
    ...diagnoseLabels("labels", rendered.labels),
    ...diagnoseLabels("annotations", rendered.annotations),
  ];
}

const adviceOf: Partial<Record<MetadataDiagnosticCode, string>> = {
  "prerelease-literal-lost": "Write the literal text as prefix= or suffix=, which pre-releases keep.",
  "html-escaped": "Write three braces, {{{branch}}}, where the value is no HTML.",
  "match-ignored": "Make the rule's enable= depend on the tag: the version of another package may pass.",
  "pull-head-ref": "Use the ref that ends in /merge, or cut /head off.",
  "empty-sha": "Give DOCKER_METADATA_SHORT_SHA_LENGTH a length above 0.",
};

function diagnoseDecision(decision: MetadataDecision): readonly MetadataDiagnostic[] {
  const found = decision.value ?? entryOf(decision);
  const own = [...new Set(decision.codes)].map(
    (code): MetadataDiagnostic => ({ code, input: "tags", found, advice: adviceOf[code] ?? "" }),
  );
  if (decision.value === undefined || decision.value === decision.tag) return own;
  const advice = "Choose names that are legal tags, or be sure that no other name gives the same one.";
  return [...own, { code: "value-rewritten", input: "tags", found: decision.value, advice }];
}

/** What a rule was written as, defaults included. */
function entryOf({ rule }: MetadataDecision): string {
  const attributes = Object.entries(rule.attrs).map(([name, value]) => `${name}=${value}`);
  return [`type=${rule.type}`, ...attributes].join(",");
}

function diagnoseLatest({ version, decisions, flavor }: MetadataTags): readonly MetadataDiagnostic[] {
  const diagnostics: MetadataDiagnostic[] = [];
  const say = (code: MetadataDiagnosticCode, found: string, advice: string): void => {
    diagnostics.push({ code, input: code.includes("affix") ? "flavor" : "tags", found, advice });
  };
  const given = decisions.filter(({ tag }) => tag !== undefined);
  const [first] = given;
  const isAuto = flavor.latest === "auto";
  if (isAuto && first !== undefined && given.some((decision) => isOverruled(decision, first))) {
    say("latest-decided-by-first-rule", first?.tag ?? "", "Say latest=true or latest=false in flavor.");
  }
  const moving = given.find(isMoving);
  if (version.latest || moving !== undefined) {
    const found = version.latest ? latestTag(flavor) : (moving?.tag ?? "");
    say("moving-tag-unguarded", found, "Compare with the versions that are published; Bayplan's alias rules do.");
  }
  const prerelease = given.find(
    ({ rule, latest, value = "" }) => isVersionLike(rule.type) && latest && isPrerelease(value),
  );
  if (version.latest && isAuto && prerelease !== undefined && prerelease === first) {
    say("prerelease-gets-latest", prerelease.value ?? "", "Say latest=false in flavor for pre-releases.");
  }
  if (!version.latest) return [...diagnostics, ...diagnoseRawLatest(given, flavor)];
  if ([version.main, ...version.partial].includes(latestTag(flavor))) {
    say("latest-twice", latestTag(flavor), "Say latest=false in flavor, or drop the rule.");
  }
  const affixes = `${flavor.prefixLatest ? flavor.prefix : ""}${flavor.suffixLatest ? flavor.suffix : ""}`;
  if (affixes.includes("{{")) {
    say("latest-affix-not-rendered", affixes, "Use plain text, or a raw rule with the value latest.");
  }
  return [...diagnostics, ...diagnoseRawLatest(given, flavor)];
}

function diagnoseRawLatest(given: readonly MetadataDecision[], flavor: MetadataTags["flavor"]): MetadataDiagnostic[] {
  const raw = given.find(
    ({ rule, value }) => rule.type === "raw" && rule.attrs["value"] === "latest" && value !== "latest",
  );
  if (raw === undefined || raw.tag === latestTag(flavor)) return [];
  const advice = "Write prefix= and suffix= on the rule, or onlatest=true in flavor.";
  return [{ code: "latest-with-affix", input: "flavor", found: raw.tag ?? "", advice }];
}

/** A later rule that wants `latest`, or one that knows the version for a pre-release. Others never have an opinion. */
function isOverruled({ rule, latest }: MetadataDecision, first: MetadataDecision): boolean {
  if (latest === first.latest) return false;
  return latest || rule.type === "semver" || rule.type === "pep440";
}

/** A version rule whose tag names fewer numbers than the version has. */
function isMoving({ rule, tag = "" }: MetadataDecision): boolean {
  return (rule.type === "semver" || rule.type === "pep440") && /^\D*\d+(\.\d+)?\D*$/.test(tag);
}

function isVersionLike(type: string): boolean {
  return type === "match" || type === "ref";
}

// A number, then a hyphen or nothing, then a word for it: 1.2.3-rc.1, 2.0b3, 20200110-RC2.
function isPrerelease(value: string): boolean {
  return /\d[-._]?(?:alpha|beta|pre|rc|dev|snapshot|nightly|a\d|b\d)/i.test(value);
}

function diagnoseTagNames({ tagNames, version }: MetadataTags): readonly MetadataDiagnostic[] {
  if (version.main === undefined) {
    const advice = "Check which rules apply to this event; the decisions say why each gave nothing.";
    return [{ code: "nothing-generated", input: "tags", found: "", advice }];
  }
  return tagNames
    .filter((tag) => !isTag(tag))
    .map((tag): MetadataDiagnostic => {
      const advice = "A tag has 1 to 128 characters and begins with a letter, a digit or _.";
      return { code: "invalid-tag", input: "tags", found: tag, advice };
    });
}

function diagnoseImages({ images, imageNames }: MetadataTags): readonly MetadataDiagnostic[] {
  const diagnostics: MetadataDiagnostic[] = [];
  if (images.length > 0 && imageNames.length === 0) {
    const found = images.map(({ name }) => name).join(", ");
    const advice = "Skip the step instead: tags without an image are no references.";
    diagnostics.push({ code: "no-image-enabled", input: "images", found, advice });
  }
  for (const name of new Set(imageNames)) {
    if (imageNames.indexOf(name) !== imageNames.lastIndexOf(name)) {
      diagnostics.push({ code: "duplicate-image", input: "images", found: name, advice: "Name an image once." });
    }
    const problem = problemOf(name);
    if (problem !== undefined) {
      diagnostics.push({ code: "invalid-image-name", input: "images", found: name, advice: problem });
    }
  }
  return diagnostics;
}

function problemOf(name: string): string | undefined {
  try {
    parseRepository(name);
    return undefined;
  } catch {
    return "Write [registry/]repository, without a tag and without expressions.";
  }
}

function diagnoseLabels(input: string, { lines, escaped }: MetadataLabels): readonly MetadataDiagnostic[] {
  const diagnostics: MetadataDiagnostic[] = [];
  if (escaped) {
    diagnostics.push({ code: "html-escaped", input, found: input, advice: adviceOf["html-escaped"] ?? "" });
  }
  // The action's pattern stops at all of these.
  const truncated =
    input === "labels" ? lines.find((line) => /=[^\n\r\u2028\u2029]*[\n\r\u2028\u2029]/.test(line)) : undefined;
  if (truncated === undefined) return diagnostics;
  const advice = "Keep a label on one line; the labels output has it whole, the documents have not.";
  return [...diagnostics, { code: "label-truncated", input, found: truncated.slice(0, 200), advice }];
}
