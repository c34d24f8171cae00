import { BayplanError } from "../errors.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { compareBytewise } from "./flux-byte-order.ts";
import { createFluxPolicy, type FluxPolicy } from "./flux-policy.ts";

/** `filterTags` of an ImagePolicy. */
export interface FluxTagFilter {
  /** RE2, not anchored: it may describe any part of the tag. Default: every tag. */
  readonly pattern?: string;
  /** What the policy ranks, from the pattern's groups: `$1`, `$name`, `${name}`. Default: the whole tag. */
  readonly extract?: string;
}

/** A tag that passed a filter, and the value that it is ranked by. */
export interface FluxTagValue {
  readonly tag: string;
  readonly value: string;
}

/** What an ImageRepository and an ImagePolicy say together. */
export interface FluxSelection {
  readonly policy: FluxPolicy;
  readonly filterTags?: FluxTagFilter;
  /** Patterns of tags to leave out. Default `^.*\.sig$`, as in Flux; a list replaces it. */
  readonly exclusionList?: readonly string[];
}

const defaultExclusions = ["^.*\\.sig$"];
const maxPatterns = 100;

/**
 * The tag that Flux would set, as it is in the registry; `undefined` when no tag fits. The answer does not depend on the
 * order of the tags: they are first sorted as Flux stores them, descending by bytes.
 *
 * @throws BayplanError `INVALID_INPUT` for what Flux refuses: a bad range, order or pattern, or, by a numerical policy,
 * a value that is no number.
 * @see https://fluxcd.io/flux/components/image/imagepolicies/
 */
export function selectByFluxPolicy(tags: readonly string[], selection: FluxSelection): string | undefined {
  const ranking = createFluxPolicy(selection.policy);
  const included = excludeFluxTags(tags, selection.exclusionList ?? defaultExclusions);
  const stored = [...included].sort((left, right) => compareBytewise(right, left));
  const values = filterFluxTags(stored, selection.filterTags ?? {});
  const latest = ranking.latest(values.map(({ value }) => value));
  return values.find(({ value }) => value === latest)?.tag;
}

/**
 * The tags that the pattern finds, with their values. Where two tags have the same value, the one listed later counts.
 *
 * @throws BayplanError `INVALID_INPUT` for a pattern that RE2 refuses.
 */
export function filterFluxTags(tags: readonly string[], filter: FluxTagFilter): readonly FluxTagValue[] {
  const pattern = compilePattern(filter.pattern ?? "", { label: "filterTags.pattern" });
  const extract = filter.extract ?? "";
  const tagOfValue = new Map<string, string>();
  for (const tag of tags) {
    const value = extract === "" ? (pattern.test(tag) ? tag : undefined) : pattern.expand(tag, extract);
    if (value !== undefined) tagOfValue.set(value, tag);
  }
  return [...tagOfValue].map(([value, tag]) => ({ tag, value }));
}

/**
 * The tags that none of the patterns finds. The patterns are not anchored.
 *
 * @throws BayplanError `INVALID_INPUT` for a pattern that RE2 refuses, or more than 100 of them.
 */
export function excludeFluxTags(tags: readonly string[], patterns: readonly string[]): readonly string[] {
  if (patterns.length > maxPatterns) {
    throw new BayplanError(
      "INVALID_INPUT",
      `The exclusion list has ${patterns.length} patterns, at most ${maxPatterns}.`,
    );
  }
  const compiled = patterns.map((pattern) => compilePattern(pattern, { label: "exclusion pattern" }));
  return tags.filter((tag) => !compiled.some((pattern) => pattern.test(tag)));
}
