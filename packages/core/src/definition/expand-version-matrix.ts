import { isBayplanError, type Problem } from "../errors.ts";
import { expandMatrix } from "../matrix/expand-matrix.ts";
import type { MatrixLeg } from "../matrix/matrix-spec.ts";
import type { VersionConfig, VersionMatrix } from "./family-config.ts";

const maxCombinations = 10_000;

/** A version for each line and variant of the matrix, in the order of the document; the version itself without one. */
export function expandVersionMatrix(
  version: VersionConfig,
  path: string,
  problems: Problem[],
): readonly VersionConfig[] {
  const { matrix, ...plain } = version;
  if (matrix === undefined) return [version];
  for (const [key, outside] of [
    ["line", "line"],
    ["variant", "variant"],
    ["platform", "platforms"],
  ] as const) {
    if (plain[outside] === undefined || matrix[key] === undefined) continue;
    const expected = `${outside} in one place only`;
    problems.push({ path: `${path}.matrix.${key}`, found: `a second place for ${outside}`, expected });
  }
  const { exclude = [], include = [], derive = {}, ...axes } = matrix;
  const spec = {
    axes: withOwn(plain, axes),
    exclude: exclude.map(patternOf),
    include,
    derive,
    maxLegs: maxCombinations,
  };
  try {
    const groups = groupLegs(expandMatrix(spec));
    problems.push(...groups.flatMap((group) => differingValues(group, `${path}.matrix`)));
    return groups.map((group) => versionOf(plain, group));
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    const within = (place: string) => {
      const inside = place.replace(/^axes\.?/, "");
      return inside === "" ? `${path}.matrix` : `${path}.matrix.${inside}`;
    };
    problems.push(...error.problems.map((problem) => ({ ...problem, path: within(problem.path) })));
    return [];
  }
}

/** The line or variant that stands beside the matrix is an axis with one value, so that templates know it. */
function withOwn(plain: Pick<VersionConfig, "line" | "variant">, axes: object): Record<string, readonly string[]> {
  const { line, variant } = plain;
  if (Object.keys(axes).length === 0) return {};
  return {
    ...(line === undefined ? {} : { line: [line] }),
    ...(variant === undefined ? {} : { variant: [variant] }),
    ...axes,
  };
}

function patternOf(pattern: NonNullable<VersionMatrix["exclude"]>[number]): Record<string, string | readonly string[]> {
  return Object.fromEntries(Object.entries(pattern));
}

/** The legs of one line and variant: one per platform, or one alone. */
function groupLegs(legs: readonly MatrixLeg[]): readonly (readonly MatrixLeg[])[] {
  const groups = new Map<string, MatrixLeg[]>();
  for (const leg of legs) {
    const key = JSON.stringify([leg["line"], leg["variant"]]);
    groups.set(key, [...(groups.get(key) ?? []), leg]);
  }
  return [...groups.values()];
}

function versionOf(plain: Omit<VersionConfig, "matrix">, legs: readonly MatrixLeg[]): VersionConfig {
  const { line, variant, platform: _, ...values } = legs[0] ?? {};
  const platforms = [...new Set(legs.flatMap((leg) => leg["platform"] ?? []))];
  const all = { ...plain.values, ...values };
  return {
    ...plain,
    ...(line === undefined ? {} : { line }),
    ...(variant === undefined ? {} : { variant }),
    ...(platforms.length === 0 ? {} : { platforms }),
    ...(Object.keys(all).length === 0 ? {} : { values: all }),
  };
}

/** An image is one build for all its platforms, so a value cannot be another one for one of them. */
function differingValues(legs: readonly MatrixLeg[], path: string): readonly Problem[] {
  const [first = {}] = legs;
  const names = new Set(legs.flatMap((leg) => Object.keys(leg)));
  names.delete("platform");
  return [...names].flatMap((name): readonly Problem[] => {
    const other = legs.find((leg) => leg[name] !== first[name]);
    if (other === undefined) return [];
    const found = `${name}: ${JSON.stringify(first[name]) ?? "nothing"} and ${JSON.stringify(other[name]) ?? "nothing"}`;
    return [{ path, found, expected: "one value for all platforms of a line and variant" }];
  });
}
