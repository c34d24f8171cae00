import { compilePattern, isBayplanError, type TagSelector } from "@bayplan/core";

/**
 * The tags in which an expression without anchors is found somewhere, as a selector, which describes whole tags.
 * `undefined` for what RE2 does not know.
 */
export function foundAnywhere(source: string): TagSelector | undefined {
  // `^` and `$` keep their meaning in the middle: there they fit the ends only.
  const pattern = `(?s:.*)(?:${source})(?s:.*)`;
  try {
    compilePattern(pattern, { anchored: true });
    return { pattern };
  } catch (error) {
    if (isBayplanError(error)) return undefined;
    throw error;
  }
}
