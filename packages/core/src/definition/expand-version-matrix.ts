import { isBayplanError, type Problem } from "../errors.ts";
import { expandMatrix } from "../matrix/expand-matrix.ts";
import type { VersionConfig } from "./family-config.ts";

/** A version for each combination of the matrix, in the order of the document; the version itself without one. */
export function expandVersionMatrix(
  version: VersionConfig,
  path: string,
  problems: Problem[],
): readonly VersionConfig[] {
  const { matrix, ...plain } = version;
  if (matrix === undefined) return [version];
  for (const key of ["line", "variant"] as const) {
    if (plain[key] === undefined || matrix[key] === undefined) continue;
    const expected = `${key} in one place only`;
    problems.push({ path: `${path}.matrix.${key}`, found: `a second place for ${key}`, expected });
  }
  const { exclude = [], ...axes } = matrix;
  try {
    return expandMatrix({ axes, exclude, maxLegs: 1000 }).map((leg) => ({ ...plain, ...leg }));
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    const within = (place: string) => (place === "" ? `${path}.matrix` : `${path}.matrix.${place}`);
    problems.push(...error.problems.map((problem) => ({ ...problem, path: within(problem.path) })));
    return [];
  }
}
