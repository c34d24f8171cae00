import { BayplanError, type Problem } from "../errors.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { combineAxes, countCombinations, matchesPattern } from "./combine-axes.ts";
import { compareNaturally } from "./compare-naturally.ts";
import { deriveValues } from "./derive-values.ts";
import type { MatrixFilters, MatrixLeg, MatrixSpec, MatrixVersion } from "./matrix-spec.ts";

const defaultMaxLegs = 10_000;

/**
 * The legs of a matrix: combinations of its axes with what is excluded, included and derived, in a stable order that
 * knows versions, each once, as far as the filters want them.
 *
 * @throws BayplanError `INVALID_INPUT` with all problems at once: keys that no leg has, versions that the scheme does not
 * read, templates with unknown names, too many legs; and when no leg is left, unless `onEmpty` says what that means.
 */
export function expandMatrix(spec: MatrixSpec, filters: MatrixFilters = {}): readonly MatrixLeg[] {
  refuse(sizeProblems(spec));
  const combined = combineAxes(spec);
  const problems: Problem[] = [];
  const legs = deriveValues(combined, spec.derive ?? {}, problems);
  problems.push(...keyProblems(legs, spec, filters));
  const compare = comparison(legs, spec.version, problems);
  refuse(problems);
  const wanted = filter(sort(legs, spec.version, compare), spec.version, filters, compare);
  return wanted.length > 0 ? wanted : emptyMatrix(spec, legs.length);
}

type Compare = (left: string, right: string) => number;

function sort(legs: readonly MatrixLeg[], version: MatrixVersion | undefined, compare: Compare): readonly MatrixLeg[] {
  const { key = "", order = "declared" } = version ?? {};
  if (order === "declared") return legs;
  const sign = order === "newest-first" ? -1 : 1;
  return legs.toSorted((left, right) => {
    const [a, b] = [left[key], right[key]];
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    return sign * compare(a, b);
  });
}

function filter(
  legs: readonly MatrixLeg[],
  version: MatrixVersion | undefined,
  { only = {}, lts = false, latest, edges = false }: MatrixFilters,
  compare: Compare,
): readonly MatrixLeg[] {
  const key = version?.key ?? "";
  let kept = legs.filter((leg) => matchesPattern(leg, only));
  if (lts) kept = kept.filter((leg) => version?.lts?.includes(leg[key] ?? "") === true);
  if (latest !== undefined) {
    const newest = versionsOf(kept).sort((left, right) => compare(right, left));
    const last = newest[Math.min(latest, newest.length) - 1];
    kept = last === undefined ? [] : kept.filter((leg) => compare(leg[key] ?? "", last) >= 0);
  }
  if (edges) {
    const versions = versionsOf(kept);
    const ends = [versions[0], versions.at(-1)].filter((end) => end !== undefined);
    kept = kept.filter((leg) => ends.some((end) => compare(end, leg[key] ?? "") === 0));
  }
  return kept;

  /** Each release once, in the order of the legs. */
  function versionsOf(from: readonly MatrixLeg[]): string[] {
    const texts = [...new Set(from.flatMap((leg) => leg[key] ?? []))];
    const sorted = texts.toSorted(compare);
    const doubled = new Set(sorted.filter((text, index) => index > 0 && compare(sorted[index - 1] ?? "", text) === 0));
    return texts.filter((text) => !doubled.has(text));
  }
}

function comparison(legs: readonly MatrixLeg[], version: MatrixVersion | undefined, problems: Problem[]): Compare {
  if (version?.scheme === undefined) return compareNaturally;
  const scheme = createVersionScheme(version.scheme);
  const texts = new Set(legs.flatMap((leg) => leg[version.key] ?? []));
  const parsed = new Map([...texts].map((text) => [text, scheme.parse(text)]));
  for (const [text, value] of parsed)
    if (value === undefined)
      problems.push({
        path: `axes.${version.key}`,
        found: JSON.stringify(text),
        expected: `a version of the scheme ${scheme.name}`,
      });
  return (left, right) => {
    const [a, b] = [parsed.get(left), parsed.get(right)];
    return a === undefined || b === undefined ? compareNaturally(left, right) : scheme.compare(a, b);
  };
}

function sizeProblems(spec: MatrixSpec): readonly Problem[] {
  const { maxLegs = defaultMaxLegs, include = [] } = spec;
  const count = countCombinations(spec) + include.length;
  if (count <= maxLegs) return [];
  return [{ path: "axes", found: `${count} legs`, expected: `${maxLegs} at most; raise maxLegs if that is meant` }];
}

function keyProblems(legs: readonly MatrixLeg[], spec: MatrixSpec, filters: MatrixFilters): readonly Problem[] {
  const axes = Object.keys(spec.axes ?? {});
  const known = [...new Set([...axes, ...legs.flatMap((leg) => Object.keys(leg))])];
  const problems: Problem[] = [];
  const check = (path: string, key: string, names: readonly string[]) => {
    if (names.includes(key)) return;
    problems.push({
      path,
      found: JSON.stringify(key),
      expected: `one of ${names.join(", ") || "no keys: there are none"}`,
    });
  };
  for (const [index, pattern] of (spec.exclude ?? []).entries())
    for (const key of Object.keys(pattern)) check(`exclude[${index}]`, key, axes);
  for (const key of legs.length > 0 ? Object.keys(filters.only ?? {}) : []) check("only", key, known);
  if (spec.version !== undefined && legs.length > 0) check("version.key", spec.version.key, known);
  const { latest, lts, edges } = filters;
  if (latest !== undefined && !(Number.isSafeInteger(latest) && latest >= 0))
    problems.push({ path: "latest", found: String(latest), expected: "a whole number from 0 on" });
  const needsVersion = { latest: latest !== undefined, lts: lts === true, edges: edges === true };
  for (const [name, isUsed] of Object.entries(needsVersion))
    if (isUsed && spec.version === undefined)
      problems.push({
        path: "version",
        found: "nothing",
        expected: `the key that is a version, since ${name} is asked`,
      });
  // Without the list, "not known to be supported" would look like "not supported".
  if (lts === true && spec.version !== undefined && spec.version.lts === undefined)
    problems.push({ path: "version.lts", found: "nothing", expected: "the versions with long-term support" });
  return problems;
}

function emptyMatrix(spec: MatrixSpec, before: number): readonly MatrixLeg[] {
  const { onEmpty = "fail" } = spec;
  if (onEmpty === "allow") return [];
  if (onEmpty !== "fail") return [onEmpty];
  const why = before === 0 ? "the matrix has no legs" : `the filters leave none of ${before} legs`;
  refuse([{ path: "", found: why, expected: "at least one leg; set onEmpty if none is right" }]);
  return [];
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ path, found, expected }) => `\n  ${path || "the matrix"}: found ${found}, expected ${expected}`,
  );
  throw new BayplanError("INVALID_INPUT", `The matrix cannot be expanded:${lines.join("")}`, { problems });
}
