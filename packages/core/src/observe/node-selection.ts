import { closestName } from "../definition/closest-name.ts";
import { BayplanError, type Problem } from "../errors.ts";

/** Some nodes of a family, as data: `*` stands for any text, `?` for any character. What is not named means all. */
export interface NodeSelection {
  /** Names of images, for example `numpy-*`. Each must match one of the family. */
  readonly images?: readonly string[];
  /** Versions, for example `3.14.*`. Versions come and go: one that is not there selects nothing. */
  readonly versions?: readonly string[];
}

/** What is selected from. */
export interface SelectableNode {
  readonly image: { readonly name: string };
  readonly version: string;
}

/**
 * Whether a node is selected. A pattern takes at most its length times the name's.
 *
 * @throws BayplanError `INVALID_INPUT` for an image pattern that matches no image of the family, with a suggestion.
 */
export function createSelector(
  selection: NodeSelection,
  images: readonly { readonly name: string }[],
): (node: SelectableNode) => boolean {
  const { images: wanted, versions } = selection;
  const names = images.map(({ name }) => name);
  const problems = (wanted ?? []).flatMap((pattern, index): readonly Problem[] => {
    if (names.some((name) => isMatch(pattern, name))) return [];
    const closest = closestName(pattern, names);
    const expected = closest === undefined ? "a name or pattern of an image" : `an image; did you mean "${closest}"?`;
    return [{ path: `images[${index}]`, found: JSON.stringify(pattern).slice(0, 100), expected }];
  });
  if (problems.length > 0) {
    const lines = problems.map(({ path, found, expected }) => `\n  ${path}: found ${found}, expected ${expected}`);
    throw new BayplanError("INVALID_INPUT", `A selection names images that are not there:${lines.join("")}`, {
      problems,
    });
  }
  const isOne = (patterns: readonly string[] | undefined, text: string) =>
    patterns === undefined || patterns.some((pattern) => isMatch(pattern, text));
  return (node) => isOne(wanted, node.image.name) && isOne(versions, node.version);
}

/** Goes back to the last `*` only, so that no pattern tries every way. */
function isMatch(pattern: string, text: string): boolean {
  let [part, at, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    if (pattern[part] === "*") {
      [star, resume] = [part, at];
      part += 1;
    } else if (pattern[part] === "?" || pattern[part] === text[at]) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      resume += 1;
      [part, at] = [star + 1, resume];
    } else return false;
  }
  while (pattern[part] === "*") part += 1;
  return part === pattern.length;
}
