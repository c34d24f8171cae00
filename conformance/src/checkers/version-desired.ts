import {
  addMs,
  createVersionScheme,
  type HighestVerdict,
  isHighest,
  isHighestInLine,
  type PublishedVersions,
  parseInstant,
  parseVersionFile,
  parseVersionList,
  type Selection,
  selectNewest,
  selectVersion,
  type VersionCandidate,
  type VersionFileFormat,
  type VersionSelector,
} from "@bayplan/core";
import { z } from "zod";

const Candidate = z.strictObject({
  raw: z.string(),
  stable: z.boolean().optional(),
  ageDays: z.number().optional(),
  yanked: z.boolean().optional(),
});
const Request = z.strictObject({
  scheme: z.string().default("docker"),
  range: z.string().optional(),
  channel: z.enum(["stable", "lts", "rc", "beta", "alpha", "prerelease", "dev", "nightly"]).optional(),
  variant: z.string().nullish(),
  precision: z.number().nullish(),
  current: z.string().nullish(),
  prefix: z.enum(["keep", "any"]).optional(),
  ltsOnly: z.boolean().optional(),
  minimumReleaseAgeDays: z.number().optional(),
  missingTimestamp: z.enum(["allow", "hold"]).optional(),
  maxMajorIncrement: z.number().optional(),
  variantVersions: z.union([z.boolean(), z.enum(["float", "any", "keep", "exact", "equal", "pin"])]).optional(),
  // A number of parts, the parts of a calendar version, or the numeric groups of a pattern.
  parts: z.union([z.number(), z.array(z.string())]).optional(),
  pattern: z.string().optional(),
  count: z.number().optional(),
});
const Pick = z.strictObject({ candidates: z.array(Candidate.or(z.string())), request: Request });
const Highest = z.strictObject({ version: z.string(), published: z.array(z.string()).nullable() });
const HighestInLine = Highest.extend({ line: z.string() });
const VersionFileInput = z.strictObject({
  content: z.string(),
  format: z.string().optional(),
});
const formats: Readonly<Record<string, VersionFileFormat>> = {
  ...{ plain: "plain", text: "plain", json: "json", "package.json": "json", toml: "toml", "pyproject.toml": "toml" },
  ...{ "Cargo.toml": "toml", python: "python", env: "env", dotenv: "env" },
};
const List = z.strictObject({ content: z.string() });

const now = parseInstant("2026-11-21T00:00:00Z");
const dayMs = 86_400_000;

/** The text that is picked, `null` where none is or the best must wait. */
export function checkPick(input: unknown): unknown {
  const { candidates, request } = Pick.parse(input);
  return inWords(selectVersion(candidates.map(candidateOf), selectorOf(request), now));
}

/** The newest few. */
export function checkPickTop(input: unknown): unknown {
  const { candidates, request } = Pick.parse(input);
  const options = { now, count: request.count ?? 1 };
  const selection = selectNewest(candidates.map(candidateOf), selectorOf(request), options);
  if (selection.state === "picked") return selection.versions.map((version) => version.raw);
  const answer = inWords(selection);
  return answer === null ? [] : answer;
}

export function checkIsHighest(input: unknown): unknown {
  const { version, published } = Highest.parse(input);
  return verdict(isHighest(version, publishedOf(published)));
}

export function checkIsHighestInLine(input: unknown): unknown {
  const { version, published, line } = HighestInLine.parse(input);
  return verdict(isHighestInLine(version, publishedOf(published), { line }));
}

export function checkParseVersionFile(input: unknown): unknown {
  const { content, format } = VersionFileInput.parse(input);
  const known = format === undefined ? "plain" : formats[format];
  // A word that is no format of a file must be the notation of what stands in it; an unknown one is refused.
  const options = known === undefined && format !== undefined ? { scheme: format } : { format: known ?? "plain" };
  const { raw, text, isStable } = parseVersionFile(content, options);
  return { version: text, raw, stable: isStable };
}

export function checkParseVersionList(input: unknown): unknown {
  return parseVersionList(List.parse(input).content);
}

function candidateOf(candidate: z.infer<typeof Candidate> | string): VersionCandidate {
  if (typeof candidate === "string") return { raw: candidate };
  const { raw, stable, ageDays, yanked } = candidate;
  return {
    raw,
    ...(stable === undefined ? {} : { prerelease: !stable }),
    ...(ageDays === undefined ? {} : { releasedAt: addMs(now, -ageDays * dayMs) }),
    ...(yanked === undefined ? {} : { yanked }),
  };
}

function selectorOf(request: z.infer<typeof Request>): VersionSelector {
  const { scheme, parts, pattern, variantVersions, minimumReleaseAgeDays, missingTimestamp, count, ...same } = request;
  const isNamed = Array.isArray(parts) && scheme === "regex";
  const options = {
    ...(pattern === undefined ? {} : scheme === "calver" ? { format: pattern } : { pattern }),
    ...(isNamed ? { parts } : {}),
  };
  const precision = typeof parts === "number" ? parts : isNamed ? undefined : parts?.length;
  const given = {
    ...same,
    ...(precision === undefined ? {} : { precision }),
    ...(variantVersions === undefined ? {} : { variantVersions: floats(variantVersions) }),
    ...(minimumReleaseAgeDays === undefined ? {} : { minimumAgeDays: minimumReleaseAgeDays }),
    ...(missingTimestamp === undefined ? {} : { missingTime: missingTimestamp }),
  };
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
  return { ...said, scheme: createVersionScheme(scheme, options) };
}

function floats(word: string | boolean): "float" | "keep" {
  return word === true || word === "float" || word === "any" ? "float" : "keep";
}

function inWords(selection: Exclude<Selection, { state: "picked" }> | Selection): unknown {
  switch (selection.state) {
    case "picked":
      return selection.version.raw;
    case "held":
    case "none":
      return null;
    case "ambiguous":
      return { error: "ambiguous", candidates: selection.versions.map((version) => version.raw) };
    case "incomplete":
      return { error: "incomplete" };
    case "error":
      return { error: selection.code, message: selection.message };
  }
}

function publishedOf(versions: readonly string[] | null): PublishedVersions | undefined {
  return versions === null ? undefined : { versions, truncated: false };
}

function verdict(answer: HighestVerdict): unknown {
  return answer.state === "unknown" ? { error: "unknown" } : answer.state === "highest";
}
